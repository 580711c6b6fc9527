package pid1

import (
	"os"
	"testing"
	"time"

	"zinit/proc/link"
)

// What the server asks for before it ends counts, though its end is heard of first.
func TestOrdersOfTheDead(t *testing.T) {
	for range 20 {
		s := newShim(true, make(chan os.Signal))
		var err error
		if s.near, s.far, err = link.Pair(); err != nil {
			t.Fatal(err)
		}
		s.goal = goalPowerOff
		s.server.born, s.server.short, s.server.delay = time.Now(), tries, firstDelay // no other one is tried
		if err := link.Sender(s.far).Send(link.Message{"end", "exit", "7"}); err != nil {
			t.Fatal(err)
		}
		s.deaths <- death(0)
		go s.listen()
		for !s.over {
			s.turn()
		}
		if s.code != 7 {
			t.Fatalf("it ends with %d", s.code)
		}
	}
}
