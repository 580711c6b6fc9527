package rpc_test

import (
	"context"
	"errors"
	"fmt"

	"zinit/rpc"
)

// Start a service, and say what to do if that does not work.
func Example() {
	ctx := context.Background()
	c, err := rpc.Dial(ctx, "/run/no-server.sock")
	if lost, ok := errors.AsType[*rpc.Unreachable](err); ok {
		fmt.Println(lost)
		fmt.Println(lost.Hint)
		return
	}
	defer c.Close()

	web, err := c.Start(ctx, rpc.Order{Name: "web", TimeoutMs: 30_000})
	switch {
	case rpc.IsKind(err, rpc.Timeout):
		fmt.Println("web is still starting")
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println("web has pid", web.Pid)
	}
	// Output:
	// cannot reach the server at /run/no-server.sock: no such file or directory
	// there is no socket: start zinit-server, or name its socket with --socket or ZINIT_SOCKET
}

// Print what a service writes, until it says that it is ready.
func ExampleClient_Follow() {
	c, err := rpc.Dial(context.Background(), "/run/zinit.sock")
	if err != nil {
		return
	}
	defer c.Close()
	newest := 0
	lines, err := c.Follow(context.Background(), rpc.LogQuery{Names: []string{"web"}, Lines: &newest})
	if err != nil {
		fmt.Println(err)
		return
	}
	for line, err := range lines {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(line.Service, line.Text)
		if line.Text == "ready" {
			break // ends the subscription
		}
	}
}
