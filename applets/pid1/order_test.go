package pid1

import (
	"os"
	"slices"
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

// Who has no descriptor left for the pipes of a service again keeps those that it has.
func TestHoldWithoutDescriptors(t *testing.T) {
	s := newShim(true, make(chan os.Signal))
	s.served = true
	kept := []int{-1, -2}
	s.ears["web"] = kept
	s.order(link.Parcel{Message: link.Message{"hold", "web"}})
	if !slices.Equal(s.ears["web"], kept) {
		t.Errorf("it holds %v", s.ears["web"])
	}
}
