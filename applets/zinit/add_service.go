package zinit

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"zinit/applets/cause"
	"zinit/rpc"
)

// largestFile bounds a service file: it has to fit in a frame, escaped.
const largestFile = 1 << 20

func (s *session) addServiceCommand() *command {
	return &command{
		name:      "add-service",
		usage:     "add one service from a file, or from stdin",
		arguments: "FILE|-",
		description: "The service is started if its status is \"start\", as at boot. It lives until the ordered\n" +
			"shutdown of the server, or for good with --persist. Its name is the\n" +
			"file's, unless the text gives another; from stdin the text has to give it.",
		options: []*option{
			{name: "persist", usage: "write it to the server's configuration directory too"},
			{name: "start", usage: "start it whatever its status says"},
			jsonFlag(),
		},
		run: s.addService,
	}
}

func (s *session) addService(c *commandLine) error {
	switch {
	case len(c.names) == 0:
		return usagef(c, "needs a file, or - for stdin")
	case len(c.names) > 1:
		return tooMany(c, 1)
	}
	path := c.first()
	text, err := s.readFile(path)
	if err != nil {
		return err
	}
	params := rpc.Add{TOML: text, Persist: c.is("persist"), Start: c.is("start")}
	if path != "-" {
		params.Name = strings.TrimSuffix(filepath.Base(path), ".toml")
	}
	sv, err := ask(s, c, 0, (*rpc.Client).Add, params)
	if err != nil {
		return err
	}
	if c.is("json") {
		return s.showJSON(sv)
	}
	fmt.Fprintln(s.out, outcome(sv))
	return nil
}

// readFile reads a service file, or stdin for a lone dash.
func (s *session) readFile(path string) (string, error) {
	from := s.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", &failure{code: exitUsage, text: fmt.Sprintf("cannot read %s: %v", path, cause.Of(err))}
		}
		defer f.Close()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, largestFile+1))
	if err != nil {
		return "", &failure{code: exitUsage, text: fmt.Sprintf("cannot read %s: %v", path, cause.Of(err))}
	}
	if len(text) > largestFile {
		return "", &failure{code: exitUsage, text: fmt.Sprintf("cannot read %s: it is larger than 1 MiB", path)}
	}
	return string(text), nil
}
