package zinit

import (
	"context"
	"fmt"
	"time"

	"zinit/rpc"
)

// topPause is the time from one table to the next.
const topPause = 2 * time.Second

func (s *session) topCommand() *command {
	return &command{
		name:  "top",
		usage: "show what the running services use, again and again",
		description: "On a terminal: s sorts by the next column, q ends it. Elsewhere it prints one table.\n" +
			"CPU is in percent of one processor since the last look, at first since the start; TIME is\n" +
			"the sum. MEMORY is what the service's control group counts, or the sum of its processes'\n" +
			"proportional set sizes (PSS). FILES are open descriptors.",
		options: []*option{jsonFlag()},
		run:     s.top,
	}
}

func (s *session) top(c *commandLine) error {
	if err := noArguments(c); err != nil {
		return err
	}
	stats := func() ([]rpc.Service, error) {
		return ask(s, c, answerLimit, bare((*rpc.Client).Stats), rpc.None{})
	}
	all, err := stats()
	if err != nil {
		return err
	}
	if c.is("json") {
		return s.showJSON(array(all))
	}
	r := &ranking{by: byCPU}
	r.take(all, s.now())
	keys := openKeyboard(s.in, s.terminal)
	if keys == nil {
		columns(s.out, "", r.table(), nil)
		return nil
	}
	defer keys.close()
	ctx, stop := untilInterrupt(c.ctx)
	defer stop()
	return s.watch(ctx, r, keys, stats)
}

// watch shows the table again and again, until q is pressed or ctx ends.
func (s *session) watch(ctx context.Context, r *ranking, keys *keyboard, stats func() ([]rpc.Service, error)) error {
	s.out.WriteString("\x1b[?1049h\x1b[?25l") // the second screen, no cursor
	defer s.out.WriteString("\x1b[?25h\x1b[?1049l")
	tick := time.NewTicker(topPause)
	defer tick.Stop()
	for {
		if err := s.showTop(r, keys); err != nil {
			return err
		}
		select {
		case key := <-keys.pressed:
			switch key {
			case 's', 'S':
				r.by = (r.by + 1) % len(topColumns)
			case 'q', 'Q', hungUp:
				return nil
			}
		case <-tick.C:
			all, err := stats()
			if err != nil {
				return interrupted(ctx, err)
			}
			r.take(all, s.now())
		case <-ctx.Done():
			return nil
		}
	}
}

// showTop writes the table over the one before, as much of it as there is room for.
func (s *session) showTop(r *ranking, keys *keyboard) error {
	width, height := keys.size()
	screen := &cropped{to: s.out, width: width, height: height}
	fmt.Fprintf(screen, "sorted by %s, s: another column, q: quit; %d services\n\n", topColumns[r.by].name, len(r.rows))
	columns(screen, "", r.table(), func(row, _ int, cell string) string {
		if row == 0 {
			return s.paint(bold, cell)
		}
		return cell
	})
	s.out.WriteString("\x1b[J") // what is left of a longer one
	return s.out.Flush()
}
