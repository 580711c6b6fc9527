package zinit

import (
	"fmt"

	"zinit/rpc"
)

func (s *session) removeServiceCommand() *command {
	return &command{
		name:      "remove-service",
		usage:     "stop a service and forget it",
		arguments: "NAME",
		description: "A service that others require is removed only with --cascade, and they with it. Its file\n" +
			"stays, and the next reload brings the service back, unless --purge deletes the file too.",
		options: []*option{
			{name: "cascade", usage: "remove those that require it too"},
			{name: "purge", usage: "delete its file"},
			jsonFlag(),
		},
		run: s.removeService,
	}
}

func (s *session) removeService(c *commandLine) error {
	name, err := oneName(c)
	if err != nil {
		return err
	}
	before, err := ask(s, c, answerLimit, (*rpc.Client).Status, name) // for its origin
	if err != nil && !rpc.IsKind(err, rpc.NotFound) {
		return err
	}
	params := rpc.Remove{Name: name, Cascade: c.is("cascade"), Purge: c.is("purge")}
	if _, err := ask(s, c, 0, done((*rpc.Client).Remove), params); err != nil {
		return err
	}
	if c.is("json") {
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
