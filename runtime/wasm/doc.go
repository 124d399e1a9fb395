// Package wasm runs functions that are in WebAssembly modules, on Wasmtime.
//
// A module is a guest: it gets copies of the values its function reads, the memory,
// time and instructions that its declaration grants, and nothing else. Whatever it
// does, a row of the stream fails at worst. The package must never trust a number
// that a module hands out, never call into a module row by row from Go, and never let
// a module keep the process from going on.
package wasm
