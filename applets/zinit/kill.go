package zinit

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"zinit/rpc"
)

func (s *session) killCommand() *command {
	return &command{
		name:      "kill",
		usage:     "send a signal to the process group of a service",
		arguments: "NAME [SIGNAL]",
		description: "The signal is a name or a number: SIGHUP, hup, 1; also as kill(1) takes it: -HUP, -1.\n" +
			"It is SIGTERM if none is given. What then happens is the restart policy's business.",
		options: []*option{
			{name: "signal", alias: "s", value: "SIGNAL", usage: "the SIGNAL"},
			jsonFlag(),
		},
		run: s.kill,
	}
}

func (s *session) kill(c *commandLine) error {
	words := c.names
	signal := c.text("signal")
	if len(words) == 2 && signal == "" {
		signal, words = words[1], words[:1]
	}
	switch {
	case len(words) == 0:
		return usagef(c, "needs the name of a service")
	case len(words) > 1:
		return tooMany(c, len(words)-1)
	}
	name := words[0]
	send := func(conn *rpc.Client, ctx context.Context, signal string) error { return conn.Kill(ctx, name, signal) }
	if _, err := ask(s, c, answerLimit, done(send), signal); err != nil {
		return err
	}
	if c.is("json") {
		return s.showJSON(rpc.None{})
	}
	fmt.Fprintf(s.out, "%s: %s sent\n", name, signalWords(signal))
	return nil
}

// signalWords is a signal as people read it.
func signalWords(signal string) string {
	if signal == "" {
		return "SIGTERM"
	}
	if _, err := strconv.Atoi(signal); err == nil {
		return "signal " + signal
	}
	return "SIG" + strings.TrimPrefix(strings.ToUpper(signal), "SIG")
}
