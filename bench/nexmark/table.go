package main

import (
	"fmt"
	"slices"
	"time"
)

// spread is the least, the middle and the largest of some values.
type spread struct{ min, median, max float64 }

func spreadOf(figures []figure, of func(figure) float64) spread {
	values := make([]float64, len(figures))
	for i, f := range figures {
		values[i] = of(f)
	}
	slices.Sort(values)
	return spread{values[0], values[len(values)/2], values[len(values)-1]}
}

func (s spread) text(format string) string {
	return fmt.Sprintf(format+" "+format+" "+format, s.min, s.median, s.max)
}

// printTable prints the figures of a workload, and their ratios to the first edyc:
// above 1 it is edyc that takes less.
func printTable(o *options, engines []*engine, figures [][]figure) {
	cpu := func(f figure) float64 { return f.cpu.Seconds() * 1e6 / float64(o.bids) }
	wall := func(f figure) float64 { return f.wall.Seconds() }
	fmt.Printf("  %-24s %-20s %-20s %5s  %-17s %s\n", "", "CPU min median max", "wall min median max", "MiB", "CPU to edyc's", "wall to edyc's")
	base := slices.IndexFunc(engines, func(e *engine) bool { return e.name == "edyc, one worker" })
	for i, e := range engines {
		rss := int64(0)
		for _, f := range figures[i] {
			rss = max(rss, f.rss)
		}
		ratios := ""
		if base >= 0 {
			ratios = fmt.Sprintf("%-17s %s", ratio(figures[i], figures[base], cpu).text("%.2f"), ratio(figures[i], figures[base], wall).text("%.2f"))
		}
		fmt.Printf("  %-24s %-20s %-20s %5d  %s\n", e.name, spreadOf(figures[i], cpu).text("%.3f"), spreadOf(figures[i], wall).text("%.2f"), rss>>10, ratios)
	}
}

// ratio is the spread of the ratios of runs that stood next to each other.
func ratio(figures, base []figure, of func(figure) float64) spread {
	ratios := make([]float64, len(figures))
	for i := range ratios {
		ratios[i] = of(figures[i]) / max(of(base[i]), float64(time.Microsecond)/float64(time.Second))
	}
	slices.Sort(ratios)
	return spread{ratios[0], ratios[len(ratios)/2], ratios[len(ratios)-1]}
}
