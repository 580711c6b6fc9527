package zinit

import (
	"context"
	"strings"
	"testing"
	"time"

	"zinit/rpc"
)

// A server that is too slow to say even how things are is named as the reason.
func TestWaitWithoutAnAnswer(t *testing.T) {
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	w := &waiter{c: &commandLine{names: []string{"database", "web"}}, open: map[string]bool{"database": true, "web": true},
		seen: map[string]rpc.Service{"web": {Name: "web", State: "failed"}}}
	err := w.late(ctx, time.Second, ctx.Err())
	if err == nil || !strings.Contains(err.Error(), "within 1s: database: the server has not said yet; web: ") {
		t.Errorf("it says %v", err)
	}
}
