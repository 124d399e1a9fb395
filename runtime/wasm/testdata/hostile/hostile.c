// Functions that do harm where their argument is 0, and give it back otherwise. build.sh
// makes hostile-c.wasm of them; TestHostileModules says what becomes of each.
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(name)))

WASI("sched_yield") int32_t sched_yield(void);
WASI("fd_write") int32_t fd_write(int32_t fd, uint32_t list, uint32_t n, uint32_t written);
WASI("random_get") int32_t random_get(uint32_t to, uint32_t size);
WASI("path_open") int32_t path_open(int32_t fd, int32_t flags, uint32_t path, uint32_t size, int32_t open, int64_t base, int64_t inherit, int32_t fdflags, uint32_t to);
WASI("fd_read") int32_t fd_read(int32_t fd, uint32_t list, uint32_t n, uint32_t got);
WASI("poll_oneoff") int32_t poll_oneoff(uint32_t in, uint32_t out, uint32_t n, uint32_t got);

enum { PAGE = 65536, HUGE_PAGES = 12000 }; // 750 MiB

EXPORT("spin") int64_t spin(int64_t x) {
	for (volatile int64_t i = 0; x == 0; i++) {
	}
	return x;
}

EXPORT("calls") int64_t calls(int64_t x) {
	for (int32_t i = 0; x == 0 && i < 1000000000; i++) {
		sched_yield();
	}
	return x;
}

EXPORT("bomb") int64_t bomb(int64_t x) {
	while (x == 0) {
		uint32_t at = __builtin_wasm_memory_grow(0, 16);
		if (at == (uint32_t)-1) {
			__builtin_trap();
		}
		*(volatile uint8_t *)(at * PAGE) = 1;
	}
	return x;
}

static volatile int64_t depth;

__attribute__((noinline)) static int64_t deeper(int64_t x) {
	int64_t below = deeper(x + 1);
	depth++;
	return below ^ depth;
}

__attribute__((noinline)) static int64_t wider(int64_t x) {
	volatile uint8_t frame[64];
	frame[x & 63] = 1;
	depth++;
	return wider(x + 1) + frame[depth & 63];
}

EXPORT("recurse") int64_t recurse(int64_t x) { return x == 0 ? deeper(x) : x; }
EXPORT("frames") int64_t frames(int64_t x) { return x == 0 ? wider(x) : x; }

EXPORT("outside") int64_t outside(int64_t x) {
	if (x == 0) {
		*(volatile uint64_t *)0xfffffff0u = 1;
	}
	return x;
}

EXPORT("scribble") int64_t scribble(int64_t x) {
	for (uint32_t at = 16; x == 0; at += 64) { // over everything it has, the stack too, and on
		*(volatile uint64_t *)at = 0xffffffffffffffffu;
	}
	return x;
}

EXPORT("no_function") int64_t no_function(int64_t x) {
	if (x == 0) {
		((int64_t (*)(int64_t))(uintptr_t)123456)(x);
	}
	return x;
}

EXPORT("wrong_type") int64_t wrong_type(int64_t x) {
	volatile uintptr_t f = (uintptr_t)&spin;
	if (x == 0) {
		((double (*)(double, double))f)(1, 2);
	}
	return x;
}

// huge makes the memory as large as it may be.
static uint32_t huge(void) {
	__builtin_wasm_memory_grow(0, HUGE_PAGES);
	return __builtin_wasm_memory_size(0) * PAGE;
}

EXPORT("fill") int64_t fill(int64_t x) {
	uint32_t size = huge();
	while (x == 0) {
		__builtin_memset((void *)PAGE, 0x55, size - PAGE);
	}
	return x;
}

EXPORT("copy") int64_t copy(int64_t x) {
	uint32_t size = huge();
	while (x == 0) {
		__builtin_memmove((void *)(PAGE + 1), (void *)PAGE, size - PAGE - 1);
	}
	return x;
}

EXPORT("random") int64_t random_bytes(int64_t x) {
	uint32_t size = huge();
	while (x == 0) {
		random_get(PAGE, size - PAGE);
	}
	return x;
}

// lies calls system functions with addresses and lengths that are none, and gives up when
// all of them say so.
EXPORT("lies") int64_t lies(int64_t x) {
	if (x == 0) {
		uint32_t *list = (uint32_t *)4096;
		list[0] = 0xfffffff0u, list[1] = 0xffffffffu;
		int refused = fd_write(1, 4096, 1, 0) && fd_write(1, 4096, 0xffffffffu, 0) && fd_write(1, 0xfffffffcu, 2, 0) && fd_write(1, 4096, 0, 0xfffffffeu) &&
			random_get(0xfffffff0u, 0xffffffffu) && random_get(65536, 0xffff0001u) && fd_read(99, 4096, 1, 0) &&
			path_open(3, 0, 0, 0xffffffffu, 0, 0, 0, 0, 0) && path_open(3, 0, 0, 60000, 0, 0, 0, 0, 0xfffffffeu) && poll_oneoff(0xfffffff0u, 0, 1000, 0);
		if (refused) {
			__builtin_trap();
		}
	}
	return x;
}

// Writes that make the host work: all of memory, many times in a call.
EXPORT("write") int64_t write_all(int64_t x) {
	uint32_t size = huge(), *list = (uint32_t *)4096;
	for (int i = 0; i < 1024; i++) {
		list[2 * i] = PAGE, list[2 * i + 1] = size - PAGE;
	}
	while (x == 0) {
		fd_write(1, 4096, 1024, 0);
	}
	return x;
}

// Texts that are not there: the address in the upper half, the length in the lower.
static int64_t text(uint64_t at, uint32_t n) { return (int64_t)(at << 32 | n); }

static const char ok[] = "ok";

EXPORT("text_outside") int64_t text_outside(int64_t x) { return x == 0 ? text(0xfffffff0u, 16) : text((uintptr_t)ok, 2); }
EXPORT("text_endless") int64_t text_endless(int64_t x) { return x == 0 ? text(16, 0xffffffffu) : text((uintptr_t)ok, 2); }

// The batch convention. What a batch function gives back is the batch that it was given,
// changed in one place.
static uint32_t next = 4 * PAGE;

EXPORT("alloc") uint32_t alloc(uint32_t size, uint32_t align) {
	next = (next + align - 1) & -align;
	uint32_t at = next;
	next += size;
	while (next > __builtin_wasm_memory_size(0) * PAGE) {
		if (__builtin_wasm_memory_grow(0, 16) == (uint32_t)-1) {
			return 0;
		}
	}
	return at;
}

EXPORT("dealloc") void dealloc(uint32_t at, uint32_t size, uint32_t align) { (void)at, (void)size, (void)align; }

static int32_t give(uint32_t *place, uint32_t at, uint32_t size) {
	place[0] = at, place[1] = size;
	return 0;
}

// find is the last place of a number of 32 bits in a batch.
static uint32_t *find(uint8_t *in, uint32_t n, uint32_t what) {
	for (uint32_t i = n - 4; i > 8; i--) {
		if (in[i] == (uint8_t)what && in[i + 1] == (uint8_t)(what >> 8) && in[i + 2] == (uint8_t)(what >> 16) && in[i + 3] == (uint8_t)(what >> 24)) {
			return (uint32_t *)(in + i);
		}
	}
	__builtin_trap();
}

// The tests give one text of 77 bytes: its offsets are 0 and 77, one after the other.
EXPORT("batch_offsets") int32_t batch_offsets(uint8_t *in, uint32_t n, uint32_t *place) {
	*find(in, n, 77) = 0x7fffffff;
	return give(place, (uintptr_t)in, n);
}

EXPORT("batch_descends") int32_t batch_descends(uint8_t *in, uint32_t n, uint32_t *place) {
	uint32_t *end = find(in, n, 77);
	end[-1] = 70, end[0] = 3;
	return give(place, (uintptr_t)in, n);
}

EXPORT("batch_below") int32_t batch_below(uint8_t *in, uint32_t n, uint32_t *place) {
	*find(in, n, 77) = 0x80000000;
	return give(place, (uintptr_t)in, n);
}

// The body of the batch is said to be longer than everything.
EXPORT("batch_length") int32_t batch_length(uint8_t *in, uint32_t n, uint32_t *place) {
	uint32_t footer = *(uint32_t *)(in + n - 10);
	uint8_t *from = in + n - 10 - footer;
	for (uint32_t i = 0; i + 24 <= footer; i += 4) { // the block: offset, length of the head, length of the body
		uint32_t *at = (uint32_t *)(from + i);
		if (at[1] == 0 && at[0] > 8 && at[0] < n && at[5] == 0 && at[4] > 0 && at[0] + at[2] + at[4] <= n && at[2] > 0) {
			at[5] = 0x7fffffff;
			return give(place, (uintptr_t)in, n);
		}
	}
	__builtin_trap();
}

EXPORT("batch_footer") int32_t batch_footer(uint8_t *in, uint32_t n, uint32_t *place) {
	*(uint32_t *)(in + n - 10) = 0x7ffffff0;
	return give(place, (uintptr_t)in, n);
}

EXPORT("batch_outside") int32_t batch_outside(uint8_t *in, uint32_t n, uint32_t *place) {
	(void)in;
	return give(place, 0xfffffff0u, n);
}

EXPORT("batch_spin") int32_t batch_spin(uint8_t *in, uint32_t n, uint32_t *place) {
	(void)in, (void)n;
	spin(0);
	return give(place, 0, 0);
}
