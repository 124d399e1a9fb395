package optimize_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/optimize"
)

const files = `module m
schema Row { id: long  a: double  b: double?  n: long  at: timestamp }
topic rows: Row { key: id time: at watermark: complete bounded: true }
topic more: Row { key: id time: at watermark: complete bounded: true }
topic live: Row { key: id time: at watermark: 10s }
`

// TestPlans shows the plan of whole programs before and after a rule.
func TestPlans(t *testing.T) {
	for _, c := range []struct{ name, rule, program, before, after string }{
		{"before windows that no row is late for", "push-through-windows", `
			stream out = from rows |> window hopping 1h every 1m |> where a > 2.0 |> limit 3`,
			`out/1:window <- topic:rows: Window [window]
			 out/2:where <- out/1:window: where (a > 2) [where]
			 out/3:limit <- out/2:where: Limit [limit]`,
			`out/2:where <- topic:rows: where (a > 2) [where]
			 out/1:window <- out/2:where: Window [window]
			 out/3:limit <- out/1:window: Limit [limit]`},
		{"not where rows can be late, fitting or not", "push-through-windows", `
			stream out = from live |> window hopping 1h every 1m |> where a > 2.0 |> limit 3`,
			`out/1:window <- topic:live: Window [window]
			 out/2:where <- out/1:window: where (a > 2) [where]
			 out/3:limit <- out/2:where: Limit [limit]`,
			`out/1:window <- topic:live: Window [window]
			 out/2:where <- out/1:window: where (a > 2) [where]
			 out/3:limit <- out/2:where: Limit [limit]`},
		{"not what looks at the window", "push-through-windows", `
			stream out = from rows |> window hopping 1h every 1m |> where window.start < at |> limit 3`,
			`out/1:window <- topic:rows: Window [window]
			 out/2:where <- out/1:window: where ($window.start < at) [where]
			 out/3:limit <- out/2:where: Limit [limit]`,
			`out/1:window <- topic:rows: Window [window]
			 out/2:where <- out/1:window: where ($window.start < at) [where]
			 out/3:limit <- out/2:where: Limit [limit]`},
		{"into each input of a union", "push-through-unions", `
			stream out = from rows |> union more |> where b is not null`,
			`out/1:union <- topic:rows: project id, a, b, n, at [union]
			 out/2:union1/1:union <- topic:more: project id, a, b, n, at [union]
			 out/2:union <- out/1:union, out/2:union1/1:union: Union [union]
			 out/3:where <- out/2:union: where (not (b is null)) [where]`,
			`out/1:union <- topic:rows: project id, a, b, n, at [union]
			 out/2:union1/1:union <- topic:more: project id, a, b, n, at [union]
			 out/3:where@1 <- out/1:union: where (not (b is null)) [where]
			 out/3:where@2 <- out/2:union1/1:union: where (not (b is null)) [where]
			 out/2:union <- out/3:where@1, out/3:where@2: Union [union]`},
		{"not where an input is in an order of its own", "push-through-unions", `
			stream out = from rows |> sort by a |> union more |> where n > 1`,
			`out/1:sort <- topic:rows: Sort [sort]
			 out/2:union <- out/1:sort: project id, a, b, n, at [union]
			 out/3:union1/1:union <- topic:more: project id, a, b, n, at [union]
			 out/3:union <- out/2:union, out/3:union1/1:union: Union [union]
			 out/4:where <- out/3:union: where (n > 1) [where]`,
			`out/1:sort <- topic:rows: Sort [sort]
			 out/2:union <- out/1:sort: project id, a, b, n, at [union]
			 out/3:union1/1:union <- topic:more: project id, a, b, n, at [union]
			 out/3:union <- out/2:union, out/3:union1/1:union: Union [union]
			 out/4:where <- out/3:union: where (n > 1) [where]`},
		{"what two streams begin with", "share-prefixes", `
			stream out = from rows |> where a > 2.0 |> window tumbling 1h |> aggregate k = count() by n |> where k > 1
			stream other = from rows |> where a > 2.0 |> window tumbling 1h |> aggregate k = count() by n |> where k > 2`,
			`out/1:where <- topic:rows: where (a > 2) [where]
			 out/2:window <- out/1:where: Window [window]
			 out/3:aggregate <- out/2:window: aggregate [aggregate]
			 out/4:where <- out/3:aggregate: where (k > 1) [where]
			 other/1:where <- topic:rows: where (a > 2) [where]
			 other/2:window <- other/1:where: Window [window]
			 other/3:aggregate <- other/2:window: aggregate [aggregate]
			 other/4:where <- other/3:aggregate: where (k > 2) [where]`,
			`out/1:where <- topic:rows: where (a > 2) [where]
			 out/2:window <- out/1:where: Window [window]
			 out/3:aggregate <- out/2:window: aggregate [aggregate]
			 out/4:where <- out/3:aggregate: where (k > 1) [where]
			 other/4:where <- out/3:aggregate: where (k > 2) [where]`},
		{"not what each stream reports for itself", "share-prefixes", `
			stream out = from live |> where n + 1 > 2 |> limit 1
			stream other = from live |> where n + 1 > 2 |> limit 2`,
			`out/1:where <- topic:live: where ((n + 1) > 2) [where]
			 out/2:limit <- out/1:where: Limit [limit]
			 other/1:where <- topic:live: where ((n + 1) > 2) [where]
			 other/2:limit <- other/1:where: Limit [limit]`,
			`out/1:where <- topic:live: where ((n + 1) > 2) [where]
			 out/2:limit <- out/1:where: Limit [limit]
			 other/1:where <- topic:live: where ((n + 1) > 2) [where]
			 other/2:limit <- other/1:where: Limit [limit]`},
		{"not windows with late rows", "share-prefixes", `
			stream out = from live |> where a > 2.0 |> window tumbling 1h |> top 1 by a
			stream other = from live |> where a > 2.0 |> window tumbling 1h |> top 2 by a`,
			`out/1:where <- topic:live: where (a > 2) [where]
			 out/2:window <- out/1:where: Window [window]
			 out/3:top <- out/2:window: Top [top]
			 other/1:where <- topic:live: where (a > 2) [where]
			 other/2:window <- other/1:where: Window [window]
			 other/3:top <- other/2:window: Top [top]`,
			`out/1:where <- topic:live: where (a > 2) [where]
			 out/2:window <- out/1:where: Window [window]
			 out/3:top <- out/2:window: Top [top]
			 other/2:window <- out/1:where: Window [window]
			 other/3:top <- other/2:window: Top [top]`},
		{"what items have in common", "share-expressions", `
			stream out = from rows |> select x = round(a, 1) + 1.0, y = id, z = round(a, 1) * 2.0`,
			`out/1:select <- topic:rows: project x=(round(a, 1) + 1), y=id, z=(round(a, 1) * 2) [select]`,
			`out/1:select@shared0 <- topic:rows: project id, a, at, let $shared0=round(a, 1) [select]
			 out/1:select <- out/1:select@shared0: project x=($shared0 + 1), y=id, z=($shared0 * 2) [select]`},
		{"not what another failure comes before", "share-expressions", `
			stream out = from rows |> select w = n + 1, x = round(a, 1) + 1.0, z = round(a, 1) * 2.0`,
			`out/1:select <- topic:rows: project w=(n + 1), x=(round(a, 1) + 1), z=(round(a, 1) * 2) [select]`,
			`out/1:select <- topic:rows: project w=(n + 1), x=(round(a, 1) + 1), z=(round(a, 1) * 2) [select]`},
		{"not what no row is sure to need", "share-expressions", `
			stream out = from rows |> select x = if a > 1.0 then (a + 1.0) * a else (a + 1.0) * a - 1.0`,
			`out/1:select <- topic:rows: project x=if((a > 1), ((a + 1) * a), (((a + 1) * a) - 1)) [select]`,
			`out/1:select <- topic:rows: project x=if((a > 1), ((a + 1) * a), (((a + 1) * a) - 1)) [select]`},
		{"what a condition looks at twice", "share-expressions", `
			stream out = from rows |> where round(a, 1) > 1.0 and round(a, 1) != 4.0`,
			`out/1:where <- topic:rows: where ((round(a, 1) > 1) and (round(a, 1) != 4)) [where]`,
			`out/1:where@shared0 <- topic:rows: project id, a, b, n, at, let $shared0=round(a, 1) [where]
			 out/1:where@where <- out/1:where@shared0: where (($shared0 > 1) and ($shared0 != 4)) [where]
			 out/1:where <- out/1:where@where: project id, a, b, n, at [where]`},
		{"what the arms of a route look at", "share-expressions", `
			stream out = from rows |> limit 9
			route r from out first match {
			  when n * 2 > 9 -> big
			  when n * 2 > 5 and a > 1.0 -> middle
			  otherwise -> drop
			}`,
			`out/1:limit <- topic:rows: Limit [limit]
			 route:r <- out/1:limit: route when ((n * 2) > 9) when (((n * 2) > 5) and (a > 1)) [route]
			 r/arm1->big <- route:r: into big id, a, b, n, at [route]
			 r/arm2->middle <- route:r: into middle id, a, b, n, at [route]
			 r/otherwise:drop <- route:r: *plan.Drop [route]`,
			`out/1:limit <- topic:rows: Limit [limit]
			 route:r <- out/1:limit: route when ((n * 2) > 9) when (((n * 2) > 5) and (a > 1)) [route]
			 r/arm1->big <- route:r: into big id, a, b, n, at [route]
			 r/arm2->middle <- route:r: into middle id, a, b, n, at [route]
			 r/otherwise:drop <- route:r: *plan.Drop [route]`},
		{"what the arms of a route compute", "share-expressions", `
			stream out = from rows |> limit 9
			route r from out first match {
			  when round(a, 1) > 9.0 -> big
			  when round(a, 1) > 5.0 and a > 1.0 -> middle
			  otherwise -> drop
			}`,
			`out/1:limit <- topic:rows: Limit [limit]
			 route:r <- out/1:limit: route when (round(a, 1) > 9) when ((round(a, 1) > 5) and (a > 1)) [route]
			 r/arm1->big <- route:r: into big id, a, b, n, at [route]
			 r/arm2->middle <- route:r: into middle id, a, b, n, at [route]
			 r/otherwise:drop <- route:r: *plan.Drop [route]`,
			`out/1:limit <- topic:rows: Limit [limit]
			 route:r <- out/1:limit: route let $shared0=round(a, 1) when ($shared0 > 9) when (($shared0 > 5) and (a > 1)) [route]
			 r/arm1->big <- route:r: into big id, a, b, n, at [route]
			 r/arm2->middle <- route:r: into middle id, a, b, n, at [route]
			 r/otherwise:drop <- route:r: *plan.Drop [route]`},
		{"groups that a top shows", "top-in-aggregate", `
			stream out = from rows |> window tumbling 1h |> aggregate k = count() by n |> top 3 by k desc`,
			`out/1:window <- topic:rows: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]
			 out/3:top <- out/2:aggregate: Top [top]`,
			`out/1:window <- topic:rows: Window [window]
			 out/2:aggregate <- out/1:window: aggregate, the first 3 [aggregate]
			 out/3:top <- out/2:aggregate: Top [top]`},
		{"not where the order can fail", "top-in-aggregate", `
			stream out = from rows |> window tumbling 1h |> aggregate k = count() by n |> top 3 by 10 % k`,
			`out/1:window <- topic:rows: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]
			 out/3:top <- out/2:aggregate: Top [top]`,
			`out/1:window <- topic:rows: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]
			 out/3:top <- out/2:aggregate: Top [top]`},
		{"of few groups, before the exchange", "two-phase-aggregate", `
			stream out = from rows |> window tumbling 1h |> aggregate k = count(), s = sum(n), m = avg(a) where a > 2.0 by big = n > 3`,
			`out/1:window <- topic:rows: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]`,
			`out/1:window <- topic:rows: Window [window]
			 out/2:aggregate@parts <- out/1:window: aggregate, first phase [aggregate]
			 out/2:aggregate <- out/2:aggregate@parts: aggregate, second phase [aggregate]`},
		{"not of one group, which one instance has", "two-phase-aggregate", `
			stream out = from live |> window tumbling 1h |> aggregate k = count(), least = min(b)`,
			`out/1:window <- topic:live: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]`,
			`out/1:window <- topic:live: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]`},
		{"not where every row shows", "two-phase-aggregate", `
			stream out = from rows |> aggregate k = count(), least = min(b)`,
			`out/1:aggregate <- topic:rows: aggregate [aggregate]`,
			`out/1:aggregate <- topic:rows: aggregate [aggregate]`},
		{"not of many groups", "two-phase-aggregate", `
			stream out = from rows |> window tumbling 1h |> aggregate k = count() by n`,
			`out/1:window <- topic:rows: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]`,
			`out/1:window <- topic:rows: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]`},
		{"not where a row can fail", "two-phase-aggregate", `
			stream out = from rows |> window tumbling 1h |> aggregate k = sum(10 % n) by big = n > 3`,
			`out/1:window <- topic:rows: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]`,
			`out/1:window <- topic:rows: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]`},
		{"not where the order of rows matters", "two-phase-aggregate", `
			stream out = from rows |> window tumbling 1h |> aggregate k = count(), f = first(a) by big = n > 3`,
			`out/1:window <- topic:rows: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]`,
			`out/1:window <- topic:rows: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]`},
		{"to the side of a join that it reads", "push-into-joins", `
			stream out = from live |> join r = live on id == r.id within 1m |> where a > 2.0 and r.n > 3 and n < r.n |> select id`,
			`out/1:join <- topic:live: OnTime [join]
			 out/2:join1/1:join <- topic:live: OnTime [join]
			 out/2:join1/2:join <- out/2:join1/1:join: project r=makerecord(n), let $right0=id [join]
			 out/2:join <- out/1:join, out/2:join1/2:join: Join [join]
			 out/3:where <- out/2:join: where (((a > 2) and (r.n > 3)) and (n < r.n)) [where]
			 out/4:select <- out/3:where: project id [select]`,
			`out/1:join <- topic:live: OnTime [join]
			 out/2:join1/1:join <- topic:live: OnTime [join]
			 out/2:join1/2:join <- out/2:join1/1:join: project r=makerecord(n), let $right0=id [join]
			 out/3:where@left <- out/1:join: where (a > 2) [where]
			 out/3:where@right <- out/2:join1/2:join: where (r.n > 3) [where]
			 out/2:join <- out/3:where@left, out/3:where@right: Join [join]
			 out/3:where <- out/2:join: where (n < r.n) [where]
			 out/4:select <- out/3:where: project id [select]`},
		{"not where the lack of a partner shows", "push-into-joins", `
			stream out = from live |> left join r = live on id == r.id within 1m |> where a > 2.0 and (r?.n ?? 0) > 3 |> select id`,
			`out/1:join <- topic:live: OnTime [join]
			 out/2:join1/1:join <- topic:live: OnTime [join]
			 out/2:join1/2:join <- out/2:join1/1:join: project r=makerecord(n), let $right0=id [join]
			 out/2:join <- out/1:join, out/2:join1/2:join: Join [join]
			 out/3:where <- out/2:join: where ((a > 2) and ((r.n ?? 0) > 3)) [where]
			 out/4:select <- out/3:where: project id [select]`,
			`out/1:join <- topic:live: OnTime [join]
			 out/2:join1/1:join <- topic:live: OnTime [join]
			 out/2:join1/2:join <- out/2:join1/1:join: project r=makerecord(n), let $right0=id [join]
			 out/3:where@left <- out/1:join: where (a > 2) [where]
			 out/2:join <- out/3:where@left, out/2:join1/2:join: Join [join]
			 out/3:where <- out/2:join: where ((r.n ?? 0) > 3) [where]
			 out/4:select <- out/3:where: project id [select]`},
		{"not where both sides may lack one", "push-into-joins", `
			stream out = from live |> full join r = live on id == r.id within 1m |> where (a ?? 1.0) > 2.0 |> select id`,
			`out/1:join <- topic:live: OnTime [join]
			 out/2:join1/1:join <- topic:live: OnTime [join]
			 out/2:join1/2:join <- out/2:join1/1:join: project let $right0=id [join]
			 out/2:join <- out/1:join, out/2:join1/2:join: Join [join]
			 out/3:where <- out/2:join: where ((a ?? 1) > 2) [where]
			 out/4:select <- out/3:where: project id [select]`,
			`out/1:join <- topic:live: OnTime [join]
			 out/2:join1/1:join <- topic:live: OnTime [join]
			 out/2:join1/2:join <- out/2:join1/1:join: project let $right0=id [join]
			 out/2:join <- out/1:join, out/2:join1/2:join: Join [join]
			 out/3:where <- out/2:join: where ((a ?? 1) > 2) [where]
			 out/4:select <- out/3:where: project id [select]`},
		{"not where the condition of the join can fail", "push-into-joins", `
			stream out = from live |> join r = live on id == r.id and n + r.n > 3 within 1m |> where a > 2.0 |> select id`,
			`out/1:join <- topic:live: OnTime [join]
			 out/2:join1/1:join <- topic:live: OnTime [join]
			 out/2:join1/2:join <- out/2:join1/1:join: project r=makerecord(n), let $right0=id [join]
			 out/2:join <- out/1:join, out/2:join1/2:join: Join [join]
			 out/3:where <- out/2:join: where (a > 2) [where]
			 out/4:select <- out/3:where: project id [select]`,
			`out/1:join <- topic:live: OnTime [join]
			 out/2:join1/1:join <- topic:live: OnTime [join]
			 out/2:join1/2:join <- out/2:join1/1:join: project r=makerecord(n), let $right0=id [join]
			 out/2:join <- out/1:join, out/2:join1/2:join: Join [join]
			 out/3:where <- out/2:join: where (a > 2) [where]
			 out/4:select <- out/3:where: project id [select]`},
		{"not where rows without a partner are counted", "push-into-joins", `
			stream out = from live |> asof join r = live on id == r.id within 1m |> where a > 2.0 |> select id`,
			`out/1:join1/1:join <- topic:live: project let $right0=id [join]
			 out/1:join <- topic:live, out/1:join1/1:join: Asof [join]
			 out/2:where <- out/1:join: where (a > 2) [where]
			 out/3:select <- out/2:where: project id [select]`,
			`out/1:join1/1:join <- topic:live: project let $right0=id [join]
			 out/1:join <- topic:live, out/1:join1/1:join: Asof [join]
			 out/2:where <- out/1:join: where (a > 2) [where]
			 out/3:select <- out/2:where: project id [select]`},
		{"of what an aggregate groups by", "push-before-aggregates", `
			stream out = from live |> window tumbling 1h |> aggregate k = count() by id, n |> where n > 1 and k > 2`,
			`out/1:window <- topic:live: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]
			 out/3:where <- out/2:aggregate: where ((n > 1) and (k > 2)) [where]`,
			`out/1:window <- topic:live: Window [window]
			 out/3:where@rows <- out/1:window: where (n > 1) [where]
			 out/2:aggregate <- out/3:where@rows: aggregate [aggregate]
			 out/3:where <- out/2:aggregate: where (k > 2) [where]`},
		{"not before one that leaves an error record of a group", "push-before-aggregates", `
			stream out = from live |> window tumbling 1h |> aggregate k = sum(n) by id |> where id > 1`,
			`out/1:window <- topic:live: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]
			 out/3:where <- out/2:aggregate: where (id > 1) [where]`,
			`out/1:window <- topic:live: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]
			 out/3:where <- out/2:aggregate: where (id > 1) [where]`},
		{"groups that a dedup lets through", "dedup-in-aggregate", `
			stream out = from live |> window tumbling 1h |> aggregate k = sum(n) by id, n |> dedup by id`,
			`out/1:window <- topic:live: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]
			 out/3:dedup <- out/2:aggregate: Dedup [dedup]`,
			`out/1:window <- topic:live: Window [window]
			 out/2:aggregate <- out/1:window: aggregate, the first of each key [aggregate]
			 out/3:dedup <- out/2:aggregate: Dedup [dedup]`},
		{"not where what it looks at can fail", "dedup-in-aggregate", `
			stream out = from live |> window tumbling 1h |> aggregate k = count() by id, n |> dedup by id % k`,
			`out/1:window <- topic:live: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]
			 out/3:dedup <- out/2:aggregate: Dedup [dedup]`,
			`out/1:window <- topic:live: Window [window]
			 out/2:aggregate <- out/1:window: aggregate [aggregate]
			 out/3:dedup <- out/2:aggregate: Dedup [dedup]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := loweredWith(t, files+c.program, lower.Options{Outputs: []string{"out", "other"}})
			before := dump(g)
			optimised := optimize.Run(g, only(c.rule))
			if err := invalid(optimised); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(lines(c.before), lines(before)); diff != "" {
				t.Errorf("before (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(lines(c.after), lines(dump(optimised))); diff != "" {
				t.Errorf("after (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, dump(g)); diff != "" {
				t.Errorf("the plan that was given changed (-was +is):\n%s", diff)
			}
		})
	}
}
