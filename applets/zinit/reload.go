package zinit

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"zinit/rpc"
)

func (s *session) reloadCommand() *cli.Command {
	return &cli.Command{
		Name:  "reload",
		Usage: "read the service files anew and apply the difference",
		Description: "Invalid files keep their old definition; they are named on stderr, the rest is applied,\n" +
			"and the exit code is 1.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "dry-run", Usage: "only say what would change"},
			jsonFlag(),
		},
		Action: s.reload,
	}
}

func (s *session) reload(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	result, err := ask(s, c, 0, (*rpc.Client).Reload, c.Bool("dry-run"))
	if err != nil {
		return err
	}
	if c.Bool("json") {
		err = s.showJSON(result)
	} else {
		s.showReload(result, c.Bool("dry-run"))
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
