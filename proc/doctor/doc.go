// Package doctor says what the environment that zinit runs in can do, and what is
// weaker where it can't. It looks, and tries what has no effect; it changes nothing.
//
// It knows system calls and files of /proc. It does not know services. The server
// imports it. A check that a kernel of zinit's minimum always passes is none.
package doctor
