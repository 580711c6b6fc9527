package zinit

import (
	"fmt"
	"strings"

	"zinit/rpc"
)

func (s *session) reloadCommand() *command {
	return &command{
		name:  "reload",
		usage: "read the service files anew and apply the difference",
		description: "Invalid files keep their old definition; they are named on stderr, the rest is applied,\n" +
			"and the exit code is 1.",
		options: []*option{
			{name: "dry-run", usage: "only say what would change"},
			jsonFlag(),
		},
		run: s.reload,
	}
}

func (s *session) reload(c *commandLine) error {
	if err := noArguments(c); err != nil {
		return err
	}
	result, err := ask(s, c, 0, (*rpc.Client).Reload, c.is("dry-run"))
	if err != nil {
		return err
	}
	if c.is("json") {
		err = s.showJSON(result)
	} else {
		s.showReload(result, c.is("dry-run"))
	}
	for _, problem := range result.Errors {
		s.warn(problemLine(problem), "")
	}
	if err == nil && len(result.Errors) > 0 {
		return told(exitFailed)
	}
	return err
}

func (s *session) showReload(r rpc.Reload, dry bool) {
	rows := [][]string{}
	for _, part := range []struct {
		key   string
		names []string
	}{{"added", r.Added}, {"removed", r.Removed}, {"changed", r.Changed}, {"restarted", r.Restarted}} {
		if len(part.names) > 0 {
			rows = append(rows, []string{part.key + ":", visible(strings.Join(part.names, ", "))})
		}
	}
	if dry {
		fmt.Fprintln(s.out, "nothing was changed; a reload would give:")
	}
	columns(s.out, "", append(rows, []string{"unchanged:", fmt.Sprint(r.Unchanged)}), nil)
}

// problemLine is one thing that is wrong with a file, as compilers print it.
func problemLine(p rpc.ConfigError) string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}
