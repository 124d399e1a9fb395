package stdlib

import (
	"fmt"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnMakeDate() *Function {
	return define(sig.Function{
		Name: "make_date", Group: groupTime,
		Doc:     "Makes a date of a year, a month and a day.",
		Failure: "The calendar has no such day.",
		Examples: examples(
			`make_date(2026, 1, 31)`, `@2026-01-31`,
			`make_date(2024, 2, 29)`, `@2024-02-29`,
			`make_date(2026, 2, 29)`, `error: there is no day 29 of month 2 in 2026`,
		),
	}, overload{text: "make_date(year: long, month: long, day: long) -> date!", kernel: kernel.MapErr3(func(year, month, day int64) (int32, error) {
		days, err := civilDate(year, month, day)
		return int32(days), err
	})})
}

func civilDate(year, month, day int64) (int64, error) {
	if year < timefmt.MinYear || year > timefmt.MaxYear || month < 1 || month > 12 || day < 1 || day > 31 ||
		!timefmt.ValidDate(int(year), int(month), int(day)) {
		return 0, fmt.Errorf("there is no day %d of month %d in %d", day, month, year)
	}
	return timefmt.DaysOf(int(year), int(month), int(day)), nil
}
