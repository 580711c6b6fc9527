package zinit

import (
	"fmt"
	"strings"

	"zinit/rpc"
)

// deepest is how many levels a tree is indented: what lies deeper says its level
// instead, so that ten thousand levels stay readable, and linear.
const deepest = 24

func (s *session) whyCommand() *command {
	return &command{
		name:      "why",
		usage:     "say why a service is in its state, down to the root",
		arguments: "NAME",
		options:   []*option{jsonFlag()},
		run:       s.why,
	}
}

func (s *session) why(c *commandLine) error {
	name, err := oneName(c)
	if err != nil {
		return err
	}
	why, err := ask(s, c, answerLimit, (*rpc.Client).Why, name)
	if err != nil {
		return err
	}
	if c.is("json") {
		return s.showJSON(why)
	}
	fmt.Fprintln(s.out, oneLine(why.Text))
	if len(why.Chain) > 0 {
		fmt.Fprintln(s.out)
	}
	for depth, link := range why.Chain {
		s.showLink(depth, link)
	}
	return nil
}

// showLink prints one service of the chain, below the one that waits for it.
func (s *session) showLink(depth int, link rpc.WhyLink) {
	branch, below := "", ""
	if depth > 0 {
		margin, level := indent(depth-1, "   ")
		branch, below = level+margin+"└─ ", margin+"   "
	}
	state, words := link.State, linkWords(link)
	if state == "" { // there is no such service
		state, words = strings.ReplaceAll(link.Reason, "_", " "), ""
	}
	fmt.Fprintf(s.out, "%s%s: %s%s\n", branch, link.Service, s.paint(stateColor(state), state), words)
	for _, line := range link.Log {
		fmt.Fprintf(s.out, "%s     | %s\n", below, s.lineText(line, true))
	}
}

// linkWords says why a service is so: what it waits for or how it failed, how its
// last run ended, and what changed it.
func linkWords(link rpc.WhyLink) string {
	var words []string
	add := func(word string) {
		if word != "" && !strings.Contains(strings.Join(words, "\n"), word) {
			words = append(words, word)
		}
	}
	add(oneLine(link.Cause))
	if !strings.Contains(link.Cause, link.Signal) {
		add("killed by " + link.Signal)
	}
	if link.ExitCode != nil && link.State != "running" {
		add(fmt.Sprintf("exit code %d", *link.ExitCode))
	}
	text := ""
	if link.Reason != "" {
		text = " (" + strings.ReplaceAll(link.Reason, "_", " ") + ")"
	}
	return text + after(" - ", strings.Join(words, ", "))
}

// indent gives the margin of a level, and the level's number where the margin no
// longer shows it.
func indent(depth int, step string) (margin, level string) {
	if depth > deepest {
		return strings.Repeat(step, deepest), fmt.Sprintf("[%d] ", depth+1)
	}
	return strings.Repeat(step, depth), ""
}
