// How often a character stands in a text, as query 14 of Nexmark counts it. Built by
// examples/udf/build.sh.
#include "edy.h"

EDY_EXPORT("count_char")
int64_t count_char(edy_text text, uint32_t length, edy_text ch, uint32_t ch_length) {
	int64_t n = 0;
	if (ch_length == 0) {
		return 0;
	}
	for (uint32_t i = 0; i + ch_length <= length; i++) {
		uint32_t same = 0;
		while (same < ch_length && text[i + same] == ch[same]) {
			same++;
		}
		n += same == ch_length;
	}
	return n;
}
