// Command actor plays services of all kinds for the tests of containers and of
// kill -9: those that talk, stop slowly, crash, leave orphans, eat memory, or fork
// without end. It is static and needs nothing but the kernel.
//
// Usage: actor ROLE [WORD]...
package main
