#include "shim.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct { size_t size; char *data; } byte_vec;
typedef struct { size_t size; void **data; } ptr_vec;

extern void *wasmtime_func_call_unchecked(void *context, const void *func, void *slots, size_t n, void **trap);
extern void wasmtime_func_new_unchecked(void *context, const void *type,
	void *(*callback)(void *env, void *caller, void *slots, size_t n), void *env, void (*finalizer)(void *), void *func);
extern void *wasmtime_caller_context(void *caller);
extern void *wasmtime_context_set_fuel(void *context, uint64_t fuel);
extern void wasmtime_context_set_epoch_deadline(void *context, uint64_t ticks);
extern void wasmtime_store_epoch_deadline_callback(void *store,
	void *(*callback)(void *context, void *data, uint64_t *delta, uint8_t *kind), void *data, void (*finalizer)(void *));
extern void *wasmtime_error_new(const char *text);
extern void wasmtime_error_message(const void *error, byte_vec *text);
extern void wasmtime_error_delete(void *error);
extern bool wasmtime_trap_code(const void *trap, uint8_t *code);
extern void wasm_trap_message(const void *trap, byte_vec *text);
extern void wasm_trap_delete(void *trap);
extern void wasm_byte_vec_delete(byte_vec *text);
extern void *wasm_functype_new(ptr_vec *params, ptr_vec *results);
extern void wasm_functype_delete(void *type);

static int64_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// on_epoch looks at each tick whether the same row has been computed for too long.
static void *on_epoch(void *context, void *data, uint64_t *delta, uint8_t *kind) {
	(void)context;
	edy_watch *w = data;
	int64_t t = now();
	uint32_t row = w->progress ? *w->progress : 0;
	if (row != w->row) {
		w->row = row;
		w->started = t;
	} else if (t - w->started >= w->budget) {
		w->expired = 1;
		return wasmtime_error_new("timeout");
	}
	*delta = 1;
	*kind = 0;
	return NULL;
}

edy_watch *edy_watch_new(void *store, void *context) {
	edy_watch *w = calloc(1, sizeof *w);
	wasmtime_store_epoch_deadline_callback(store, on_epoch, w, free);
	wasmtime_context_set_epoch_deadline(context, 1);
	return w;
}

static char *text_of(byte_vec *v) {
	char *text = malloc(v->size + 1);
	memcpy(text, v->data, v->size);
	text[v->size] = 0;
	wasm_byte_vec_delete(v);
	return text;
}

void edy_watch_begin(edy_watch *watch) {
	watch->started = now();
	watch->row = watch->progress ? *watch->progress : 0;
	watch->expired = 0;
}

int32_t edy_watch_late(edy_watch *watch) {
	if (now() - watch->started < watch->budget) {
		return 0;
	}
	watch->expired = 1;
	return 1;
}

void edy_call(void *context, const void *func, void *slots, size_t n, edy_watch *watch, edy_outcome *out) {
	void *trap = NULL;
	byte_vec text;
	edy_watch_begin(watch);
	void *error = wasmtime_func_call_unchecked(context, func, slots, n, &trap);
	out->kind = 0;
	if (error) {
		wasmtime_error_message(error, &text);
		out->text = text_of(&text);
		out->kind = 3;
		wasmtime_error_delete(error);
	} else if (trap) {
		uint8_t code = 0;
		out->kind = wasmtime_trap_code(trap, &code) ? 1 : 2;
		out->code = code;
		wasm_trap_message(trap, &text);
		out->text = text_of(&text);
		wasm_trap_delete(trap);
	}
}

static void *refuel(void *env, void *caller, void *slots, size_t n) {
	(void)slots, (void)n;
	void *error = wasmtime_context_set_fuel(wasmtime_caller_context(caller), ((edy_watch *)env)->fuel);
	if (error) {
		wasmtime_error_delete(error);
	}
	return NULL;
}

void edy_refuel(void *context, edy_watch *watch, void *func) {
	ptr_vec params = {0, NULL}, results = {0, NULL};
	void *type = wasm_functype_new(&params, &results);
	wasmtime_func_new_unchecked(context, type, refuel, watch, NULL, func);
	wasm_functype_delete(type);
}

void edy_free(char *text) { free(text); }
