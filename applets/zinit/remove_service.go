package zinit

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"zinit/rpc"
)

func (s *session) removeServiceCommand() *cli.Command {
	return &cli.Command{
		Name:      "remove-service",
		Usage:     "stop a service and forget it",
		ArgsUsage: "NAME",
		Description: "A service that others require is removed only with --cascade, and they with it. Its file\n" +
			"stays, and the next reload brings the service back, unless --purge deletes the file too.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "cascade", Usage: "remove those that require it too"},
			&cli.BoolFlag{Name: "purge", Usage: "delete its file"},
			jsonFlag(),
		},
		Action: s.removeService,
	}
}

func (s *session) removeService(c *cli.Context) error {
	name, err := oneName(c)
	if err != nil {
		return err
	}
	before, err := ask(s, c, answerLimit, (*rpc.Client).Status, name) // for its origin
	if err != nil && !rpc.IsKind(err, rpc.NotFound) {
		return err
	}
	params := rpc.Remove{Name: name, Cascade: c.Bool("cascade"), Purge: c.Bool("purge")}
	if _, err := ask(s, c, 0, done((*rpc.Client).Remove), params); err != nil {
		return err
	}
	if c.Bool("json") {
		return s.showJSON(rpc.None{})
	}
	fmt.Fprintf(s.out, "%s: removed%s\n", name, fileWords(before.Origin, params.Purge))
	return nil
}

// fileWords says what is left of a removed service on disk.
func fileWords(origin string, purged bool) string {
	switch {
	case origin == "runtime" || origin == "":
		return ""
	case purged:
		return ", with " + oneLine(origin)
	}
	return "; " + oneLine(origin) + " stays, and the next reload brings it back (--purge deletes it)"
}
