// Whether a place lies in a fence: a polygon in WKB, of longitudes and latitudes.
#include "edy.h"

static uint32_t u32_at(edy_text at) {
	return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

static double f64_at(edy_text at) {
	double v;
	__builtin_memcpy(&v, at, 8);
	return v;
}

EDY_EXPORT("inside")
int inside(double lat, double lon, edy_text fence, uint32_t length) {
	if (length < 9 || fence[0] != 1 || u32_at(fence + 1) != 3) {
		edy_fail("the fence is not a polygon");
		return 0;
	}
	uint32_t rings = u32_at(fence + 5), at = 9;
	int in = 0;
	for (; rings > 0; rings--) {
		if (length - at < 4 || u32_at(fence + at) > (length - at - 4) / 16) {
			edy_fail("the fence is cut off");
			return 0;
		}
		uint32_t points = u32_at(fence + at);
		at += 4;
		for (uint32_t i = 0; i + 1 < points; i++) {
			double x1 = f64_at(fence + at + 16 * i), y1 = f64_at(fence + at + 16 * i + 8);
			double x2 = f64_at(fence + at + 16 * i + 16), y2 = f64_at(fence + at + 16 * i + 24);
			if ((y1 > lat) != (y2 > lat) && lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1) {
				in = !in;
			}
		}
		at += 16 * points;
	}
	return in;
}
