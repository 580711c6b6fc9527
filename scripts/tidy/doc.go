// Package tidy holds the laws of the house as tests: what the top level may
// contain, who may import whom, which words are not used, how long a file may
// be, that every name is explained, and that the README tells the truth.
//
// Each law has its reason beside it, and a failure prints both. It reads the
// source and asks the go command; of the program it knows only configs, whose
// keys the README lists.
package tidy
