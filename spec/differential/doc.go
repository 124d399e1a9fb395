// Package differential compares the compiler and engine with a naive evaluator on
// random programs and random rows.
//
// Everything is in its tests: a generator writes programs of the language together
// with a plain model of each stage, which works on one row at a time with all rows
// known, by the rules of the reference and nothing else. The model shares no code
// with what it checks. What differs is made smaller before it is shown, with the
// seed that makes it again.
//
// A second generator writes pipelines of every stage. Nothing models them: they are run
// under several settings, none of which may show.
package differential
