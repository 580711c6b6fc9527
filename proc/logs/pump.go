package logs

import (
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	quantum   = 256 << 10   // bytes that an ear may move in its turn
	plainPipe = 64 << 10    // bytes, the size of a pipe, pipe(7)
	widePipe  = 1 << 20     // bytes, the size of a pipe under load
	wideMax   = 64          // so many pipes may be enlarged
	openMax   = 64          // so many segments are kept open
	scratch   = 64 << 10    // bytes, the buffer for what is dropped or counted
	warning   = time.Minute // between two warnings of an ear: its ring may turn in a full file system
)

// pump moves the bytes of all ears. Its goroutine owns all segments; others
// may only add ears, and hand it orders, which it carries out between two turns.
type pump struct {
	ready *readiness
	wake  int // eventfd(2)
	bell  *bell
	log   *slog.Logger
	done  chan struct{} // closed when the pump has ended

	// A lock, not messages: a boot adds thousands of ears, and must not pay for
	// a switch to this goroutine and back for each.
	mu          sync.Mutex
	ears        map[int32]*ear // by file descriptor
	orders      []func()
	queued      []message // see Record
	queuedBytes int64     // of their texts
	count       bool      // somebody follows: account for lines
	closed      bool

	stop    bool
	open    []*ear // with open segments, the longest open first
	loud    []*ear
	moved   bool // in this turn, some ear gave something
	wide    int
	null    int // /dev/null, or -1
	scratch []byte
	pace    pace
	space   space
}

func newPump(dir string, log *slog.Logger, b *bell) (*pump, error) {
	ready, err := newReadiness()
	if err != nil {
		return nil, err
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err == nil {
		err = ready.add(wake)
	}
	if err != nil {
		ready.close()
		return nil, err
	}
	null, err := unix.Open(os.DevNull, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		null = -1
	}
	return &pump{ready: ready, wake: wake, null: null, bell: b, log: log, done: make(chan struct{}), ears: map[int32]*ear{}, space: space{dir: dir}}, nil
}

// add puts an ear into the care of the pump.
func (p *pump) add(e *ear) error {
	p.mu.Lock()
	p.ears[int32(e.fd)] = e
	p.mu.Unlock()
	err := p.ready.add(e.fd)
	if err != nil {
		p.mu.Lock()
		delete(p.ears, int32(e.fd))
		p.mu.Unlock()
	}
	return err
}

// order has f run by the pump and waits for it. It is false where the pump has ended.
func (p *pump) order(f func()) bool {
	ran := make(chan struct{})
	p.post(func() { f(); close(ran) })
	select {
	case <-ran:
		return true
	case <-p.done:
		return false
	}
}

// run is the pump's goroutine. It ends by an order that sets stop.
func (p *pump) run() {
	defer close(p.done)
	ears := make([]*ear, 0, batch)
	for !p.stop {
		events, err := p.wait()
		if err != nil {
			p.log.Error("cannot wait for output of services; it stays in the pipes", "error", err)
			return
		}
		p.pace.woken(time.Now())
		var orders []func()
		ears, orders = p.lookUp(events, append(ears[:0], p.loud...))
		p.turn(ears)
		p.recordQueued()
		for _, f := range orders {
			f()
		}
		p.bell.ring()
		p.pace.rest()
	}
}

// wait returns what is ready, and does not block while there are ears under load.
func (p *pump) wait() ([]unix.EpollEvent, error) {
	if len(p.loud) > 0 {
		return p.ready.now()
	}
	return p.ready.wait()
}

// lookUp returns the ears that events speak of, and the orders to carry out.
func (p *pump) lookUp(events []unix.EpollEvent, ears []*ear) ([]*ear, []func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range events {
		if int(events[i].Fd) == p.wake {
			var b [8]byte
			_, _ = unix.Read(p.wake, b[:])
		}
		if e := p.ears[events[i].Fd]; e != nil {
			ears = append(ears, e)
		}
	}
	orders := p.orders
	p.orders = nil
	return ears, orders
}

// turn gives each ear one quantum.
func (p *pump) turn(ears []*ear) {
	p.moved = false
	for _, e := range ears {
		if e.wide {
			p.turnWide(e)
			continue
		}
		n := p.drain(e)
		if n >= plainPipe/2 {
			p.widen(e)
		}
		p.pace.moved(n >= plainPipe*3/4, n >= plainPipe/4)
		p.attend(e, n)
	}
	p.calm()
}

// turnWide gives an ear under load its quantum. The pace is set by what waits, not
// by what is moved: the fuller the pipe, the more of it need not be copied.
func (p *pump) turnWide(e *ear) {
	waiting, err := unix.IoctlGetInt(e.fd, unix.TIOCINQ)
	if err != nil {
		waiting = 0
	}
	switch {
	case e.copy.Load() == nil:
		e.seal()
	case waiting >= plainPipe:
		e.flooded = true
	}
	n := p.skip(e, int64(waiting))
	if n == 0 {
		n = p.drain(e)
	}
	p.pace.moved(waiting >= widePipe*7/8, waiting >= widePipe/2)
	p.attend(e, n)
}

// widen enlarges the pipe of an ear whose writer is fast. Where the kernel
// refuses (fs.pipe-user-pages-soft, pipe(7)) the pipe stays as it is.
func (p *pump) widen(e *ear) {
	if p.wide == wideMax {
		return
	}
	if _, err := unix.FcntlInt(uintptr(e.fd), unix.F_SETPIPE_SZ, widePipe); err == nil {
		e.wide = true
		p.wide++
	}
}

// drain moves what an ear has heard, a quantum at most, and returns how much.
func (p *pump) drain(e *ear) int64 {
	var moved int64
	for moved < quantum {
		want, err := p.prepare(e)
		var n int64
		if err == nil {
			want = min(want, quantum-moved)
			n, err = e.take(want)
		}
		moved += n
		if n > 0 {
			p.kept(e, n)
		}
		switch {
		case err == unix.EAGAIN:
			return moved
		case err == errHeld:
			p.hold(e)
			return moved
		case err != nil:
			return moved + p.discard(e, err)
		case n < want:
			return moved
		}
	}
	return moved
}

// prepare makes the current segment ready and returns how many bytes it may take.
func (p *pump) prepare(e *ear) (int64, error) {
	if err := p.segment(e); err != nil {
		return 0, err
	}
	if err := p.space.allow(); err != nil {
		return 0, err
	}
	var lost int64
	if l := e.loss.Load(); l != nil {
		lost = l.lines
	}
	g := e.current
	return min(e.capacity()-g.size, p.space.credit), g.note(time.Now(), lost)
}

// segment opens the current segment, or begins a new one.
func (p *pump) segment(e *ear) error {
	if e.current != nil && e.current.data >= 0 && !e.full() {
		return nil
	}
	if e.full() {
		return p.rotate(e)
	}
	p.touch(e)
	return e.current.open()
}

// rotate begins a new segment of an ear. Where there is little space, only one that
// takes the place of another: the newest lines are the ones that are wanted.
func (p *pump) rotate(e *ear) error {
	p.space.credit = 0 // many small files are much, too
	if err := p.space.allow(); err != nil && len(e.spans()) < segments {
		return err
	}
	if err := p.mayTurn(e); err != nil {
		return err
	}
	if e.flooded && p.space.excess() < e.capacity() {
		e.seal()
	}
	p.touch(e)
	return e.rotate(p.counting(), p.buffer())
}

// touch makes e the newest of the ears with open segments and closes the oldest.
func (p *pump) touch(e *ear) {
	if slices.Contains(p.open, e) {
		return
	}
	if len(p.open) == openMax {
		if g := p.open[0].current; g != nil {
			g.close()
		}
		p.open = slices.Delete(p.open, 0, 1)
	}
	p.open = append(p.open, e)
}

// kept publishes n more bytes. They end a loss.
func (p *pump) kept(e *ear, n int64) {
	p.space.spend(n)
	e.heard.Store(e.current.last.wall)
	e.end.Add(n)
	if c := e.copy.Load(); c != nil {
		c.wake()
	}
	if l := e.loss.Load(); l != nil {
		e.loss.Store(nil)
		if !l.told {
			return
		}
		p.log.Info("log is kept again", "service", e.service, "stream", e.stream, "lost_lines", l.lines, "lost_bytes", l.bytes)
	}
}

// buffer returns the scratch buffer, which is made when it is first needed.
func (p *pump) buffer() []byte {
	if p.scratch == nil {
		p.scratch = make([]byte, scratch)
	}
	return p.scratch
}

func (p *pump) counting() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

func (p *pump) setCounting(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count = on
}

// forget ends the care for an ear and removes its files. It runs as an order.
func (p *pump) forget(e *ear, ears, left string) {
	p.mu.Lock()
	delete(p.ears, int32(e.fd))
	p.mu.Unlock()
	p.ready.drop(e.fd)
	p.dropQueued(e)
	p.open = slices.DeleteFunc(p.open, func(o *ear) bool { return o == e })
	p.loud = slices.DeleteFunc(p.loud, func(o *ear) bool { return o == e })
	if e.wide {
		p.wide--
	}
	e.forget(ears, left)
}

// remove takes an ear away that the pump has never seen.
func (p *pump) remove(e *ear) {
	p.mu.Lock()
	delete(p.ears, int32(e.fd))
	p.mu.Unlock()
	p.ready.drop(e.fd)
}

// close frees what the pump holds, after its end.
func (p *pump) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.ready.close()
	unix.Close(p.wake)
	if p.null >= 0 {
		unix.Close(p.null)
	}
}
