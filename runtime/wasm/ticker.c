#include "ticker.h"

#include <stdlib.h>
#include <time.h>

extern void wasmtime_engine_increment_epoch(void *engine);

edy_ticker *edy_ticker_new(void *engine) {
	edy_ticker *t = calloc(1, sizeof *t);
	t->engine = engine;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->wake, NULL);
	return t;
}

static int idle(edy_ticker *t) { return __atomic_load_n(&t->active, __ATOMIC_SEQ_CST) == 0; }

void edy_ticker_run(edy_ticker *t) {
	const struct timespec tick = {0, 1000000};
	for (;;) {
		if (idle(t)) {
			pthread_mutex_lock(&t->lock);
			while (idle(t)) {
				pthread_cond_wait(&t->wake, &t->lock);
			}
			pthread_mutex_unlock(&t->lock);
		}
		nanosleep(&tick, NULL);
		wasmtime_engine_increment_epoch(t->engine);
	}
}

void edy_ticker_wake(edy_ticker *t) {
	pthread_mutex_lock(&t->lock);
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
}
