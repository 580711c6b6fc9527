package logs

import (
	"os"
	"runtime"
	"testing"
)

// While a service's ears are taken away all others are served.
func TestForgetHoldsUpNobody(t *testing.T) {
	f := newFixture(t)
	f.ear("web", 1000)
	f.ear("db", 1000)
	release := make(chan struct{})
	busy := make(chan struct{})
	go f.pump.order(func() { close(busy); <-release })
	<-busy
	forgotten := make(chan struct{})
	go func() { f.Forget("web"); close(forgotten) }()
	until(t, "it is not known any more", func() bool { return len(f.Known()) == 1 })
	if _, err := f.Query(Query{}); err != nil {
		t.Error(err)
	}
	f.ear("new", 1000)
	again := make(chan error)
	go func() {
		_, _, err := f.Store.Open("web", os.Getuid(), os.Getgid(), 1000)
		again <- err
	}()
	others := make(chan struct{})
	for range 100 { // so that those who do not wait are done
		f.Known()
		runtime.Gosched()
	}
	select {
	case <-forgotten:
		t.Error("it is forgotten already")
	case err := <-again:
		t.Errorf("it is opened while its files are still there: %v", err)
	default:
	}
	close(release)
	if err := <-again; err != nil {
		t.Error(err)
	}
	<-forgotten
	for _, path := range []string{f.pipe("web", Stdout), f.pipe("web", Stderr)} {
		if _, err := os.Lstat(path); err != nil {
			t.Error(err)
		}
	}
	go func() { f.Forget("new"); f.Forget("db"); close(others) }()
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	<-others
}
