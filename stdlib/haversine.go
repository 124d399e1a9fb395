package stdlib

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnHaversine() *Function {
	return define(sig.Function{
		Name: "haversine", Group: groupMaths,
		Doc: "Gives the distance in metres between two places given in degrees, along a sphere of the earth's mean radius (6,371,008.8 m).",
		Examples: examples(
			`haversine(60.17, 24.94, 60.17, 24.94)`, `0e0`,
			`round(haversine(0, 0, 0, 90))`, `10007557e0`,
			`round(haversine(0, 0, 1, 0))`, `111195e0`,
			`round(haversine(60.1699, 24.9384, 59.4370, 24.7536) / 1000)`, `82e0`,
		),
	}, overload{
		text:   "haversine<A: number, B: number, C: number, D: number>(lat1: A, lon1: B, lat2: C, lon2: D) -> double",
		kernel: haversineKernel,
	})
}

func haversineKernel(c *kernel.Call) arrow.Array {
	var read [4]func(int) float64
	for a := range read {
		read[a] = kernel.Doubles(c.Args[a])
	}
	out := kernel.NewColumn[float64](c)
	c.Each(func(i int) { out.Set(i, haversine(read[0](i), read[1](i), read[2](i), read[3](i))) })
	return out.Finish()
}

func haversine(lat1, lon1, lat2, lon2 float64) float64 {
	const radius, rad = 6_371_008.8, math.Pi / 180
	dlat, dlon := math.Sin((lat2-lat1)*rad/2), math.Sin((lon2-lon1)*rad/2)
	h := dlat*dlat + math.Cos(lat1*rad)*math.Cos(lat2*rad)*dlon*dlon
	return 2 * radius * math.Asin(math.Sqrt(min(h, 1)))
}
