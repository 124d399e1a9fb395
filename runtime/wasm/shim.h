// The part of the C interface of Wasmtime that the Go binding does not reach, or
// reaches slowly. The declarations follow Wasmtime 44; the names are resolved by the
// static library that the Go binding links.
#ifndef EDY_WASM_SHIM_H
#define EDY_WASM_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// edy_watch is what a running call is watched by.
typedef struct {
	const uint32_t *progress; // the row that is computed, in the loop's memory
	uint32_t row;             // the row seen last
	uint32_t expired;         // 1 when a row took longer than its budget
	int64_t started;          // when row was first seen, in nanoseconds
	int64_t budget;           // nanoseconds for a row
	uint64_t fuel;            // for a row
} edy_watch;

// edy_outcome is how a call ended.
typedef struct {
	int32_t kind; // 0 returned, 1 trap with a code, 2 trap without, 3 error
	int32_t code; // of a trap
	char *text;   // of what ended it, to be freed with edy_free
} edy_outcome;

// edy_watch_new ties a watch to a store; it is freed with the store.
edy_watch *edy_watch_new(void *store, void *context);

// edy_watch_begin starts the time of a call that is not made by edy_call.
void edy_watch_begin(edy_watch *watch);

// edy_watch_late tells whether the row has used up its time, and notes it.
int32_t edy_watch_late(edy_watch *watch);

// edy_call calls a function with its arguments in 16-byte slots; results come back
// in the same slots.
void edy_call(void *context, const void *func, void *slots, size_t n, edy_watch *watch, edy_outcome *out);

// edy_refuel makes a function that gives the store the fuel of one row.
void edy_refuel(void *context, edy_watch *watch, void *func);

void edy_free(char *text);

#endif
