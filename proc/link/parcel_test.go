package link

import (
	"errors"
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// pair gives both ends of a link.
func pair(t *testing.T) (send Sender, receive int) {
	t.Helper()
	a, b, err := Pair()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(a); unix.Close(b) })
	return Sender(a), b
}

func TestParcel(t *testing.T) {
	send, receive := pair(t)
	for _, files := range []int{0, 1, 2, mostFiles} {
		var writing []*os.File
		var reading []int
		for range files {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			defer w.Close()
			writing, reading = append(writing, w), append(reading, int(r.Fd()))
		}
		if err := send.SendFiles(Message{"hold", "web"}, reading...); err != nil {
			t.Fatal(err)
		}
		p, err := Receive(receive)
		if err != nil || !slices.Equal(p.Message, Message{"hold", "web"}) || len(p.Files) != files {
			t.Fatalf("got %v, %v, want %d files", p, err, files)
		}
		for i, fd := range p.Files {
			if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
				t.Errorf("file %d is not closed by an exec", i)
			}
			if _, err := writing[i].WriteString("x"); err != nil {
				t.Fatal(err)
			}
			if n, err := unix.Read(fd, make([]byte, 2)); n != 1 || err != nil {
				t.Errorf("file %d is another one: %d, %v", i, n, err)
			}
			unix.Close(fd)
		}
	}
}

// What is not understood comes without words, but with its files: somebody has to
// close them.
func TestParcelThatIsNoMessage(t *testing.T) {
	send, receive := pair(t)
	null, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(null)
	if err := unix.Sendmsg(int(send), []byte("two  spaces"), unix.UnixRights(null), nil, 0); err != nil {
		t.Fatal(err)
	}
	p, err := Receive(receive)
	if err != nil || p.Message != nil || len(p.Files) != 1 {
		t.Fatalf("got %v, %v", p, err)
	}
	unix.Close(p.Files[0])
}

// Both ways of the pair work, and a receiver of parcels takes plain messages too.
func TestParcelsAmongMessages(t *testing.T) {
	send, receive := pair(t)
	if err := send.Send(Message{"stop", "exit"}); err != nil {
		t.Fatal(err)
	}
	if p, err := Receive(receive); err != nil || !slices.Equal(p.Message, Message{"stop", "exit"}) || len(p.Files) != 0 {
		t.Errorf("got %v, %v", p, err)
	}
	if err := Sender(receive).SendFiles(Message{"end", "exit", "0"}); err != nil {
		t.Fatal(err)
	}
	if p, err := Receive(int(send)); err != nil || len(p.Message) != 3 {
		t.Errorf("got %v, %v", p, err)
	}
}

func TestParcelsEnd(t *testing.T) {
	send, receive := pair(t)
	if err := send.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := send.SendFiles(Message{"hold", "web"}); !errors.Is(err, unix.EPIPE) {
		t.Errorf("got %v", err)
	}
	if p, err := Receive(receive); err == nil {
		t.Errorf("got %v of a link that is closed", p)
	}
	if err := send.SendFiles(Message{"two words"}); err == nil {
		t.Error("what is no message was sent")
	}
}
