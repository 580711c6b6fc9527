package server

import (
	"strings"
	"testing"

	"zinit/proc/logs"
	"zinit/rpc"
)

// An answer that is short says so, and what to do.
func TestLogsAreWhole(t *testing.T) {
	some := []logs.Line{{Service: "web", Text: []byte("one")}, {Service: "web", Text: []byte("two")}}
	if got, err := whole(some, false); err != nil || len(got) != 2 {
		t.Errorf("got %v, %v", got, err)
	}
	got, err := whole(some, true)
	if got != nil || !rpc.IsKind(err, rpc.TooLarge) || !strings.Contains(err.Error(), "newest 2 fit") {
		t.Errorf("got %v, %v", got, err)
	}
}
