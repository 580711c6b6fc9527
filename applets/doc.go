// Package applets is the table from the name that zinit is called by to the
// program that runs: the client, the server or the PID 1 shim. It makes the
// symbolic links that give it these names, and says which version it is.
//
// It knows nothing of services; main and the tests of the whole program import it.
package applets
