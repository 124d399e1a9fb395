// What advances the epoch of an engine while calls run.
#ifndef EDY_WASM_TICKER_H
#define EDY_WASM_TICKER_H

#include <pthread.h>
#include <stdint.h>

typedef struct {
	int64_t active; // calls that run; Go counts them, without the lock
	void *engine;
	pthread_mutex_t lock; // of wake alone
	pthread_cond_t wake;
} edy_ticker;

edy_ticker *edy_ticker_new(void *engine);

// edy_ticker_run never returns. It sleeps while no calls run.
void edy_ticker_run(edy_ticker *ticker);

// edy_ticker_wake says that there are calls again.
void edy_ticker_wake(edy_ticker *ticker);

#endif
