// Functions for edynamic in C. Include this in one file of a module and build it with
//
//   clang --target=wasm32 -O2 -nostdlib -Wl,--no-entry -o name.wasm name.c
//
// A text or bytes come as two parameters, edy_text name, uint32_t length, and go back
// as edy_result.
#ifndef EDY_H
#define EDY_H

#include <stdint.h>

// EDY_EXPORT makes a function one that declarations can name.
#define EDY_EXPORT(name) __attribute__((export_name(name)))

typedef const uint8_t *edy_text;
typedef uint64_t edy_result;

// edy_give is a text or bytes as a result. They must stay until the next call.
static inline edy_result edy_give(const void *at, uint32_t length) {
	return (uint64_t)(uint32_t)(uintptr_t)at << 32 | length;
}

// edy_null is the result of a function whose result may be null.
#define edy_null ((edy_result)0)

static struct {
	const char *at;
	uint32_t length;
} edy_reason;

EDY_EXPORT("edy_error") void *edy_error(void) { return &edy_reason; }

// edy_fail fails the row with a reason; return anything afterwards.
static inline void edy_fail(const char *reason) {
	uint32_t length = 0;
	while (reason[length]) {
		length++;
	}
	edy_reason.at = reason;
	edy_reason.length = length;
}

#endif
