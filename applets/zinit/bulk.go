package zinit

import (
	"context"
	"fmt"

	"zinit/rpc"
)

// bulkCall is service.start_all, stop_all or delete_all.
type bulkCall func(*rpc.Client, context.Context) (rpc.Bulk, error)

// bulk gives an order for all services of class user. It tells each service that
// was touched, and each that was skipped with the reason.
func (s *session) bulk(c *commandLine, call bulkCall, verb string) error {
	if err := noArguments(c); err != nil {
		return err
	}
	result, err := ask(s, c, 0, bare((func(*rpc.Client, context.Context) (rpc.Bulk, error))(call)), rpc.None{})
	if err != nil {
		return err
	}
	if c.is("json") {
		return s.showJSON(result)
	}
	for _, name := range result.Done {
		fmt.Fprintf(s.out, "%s: %s\n", name, verb)
	}
	for _, skipped := range result.Skipped {
		fmt.Fprintf(s.out, "%s: skipped, %s\n", skipped.Name, oneLine(skipped.Reason))
	}
	if len(result.Done)+len(result.Skipped) == 0 {
		fmt.Fprintln(s.out, "no services")
	}
	return nil
}
