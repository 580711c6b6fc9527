package logs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkFlood measures a service that writes as fast as it can, beside the same
// program in front of cat > /dev/null, in turns. The ratio of the medians is the
// result: 1 is as fast as cat.
func BenchmarkFlood(b *testing.B) {
	for _, bench := range []struct {
		role  string
		bytes int
		file  bool
	}{{"lines", 100 << 20, false}, {"blocks", 1 << 30, false}, {"lines", 100 << 20, true}, {"blocks", 1 << 30, true}} {
		role, bytes := bench.role, bench.bytes
		b.Run(fmt.Sprintf("%s,file=%v", role, bench.file), func(b *testing.B) {
			dir := b.TempDir()
			if shm, err := os.MkdirTemp("/dev/shm", "logs"); err == nil {
				b.Cleanup(func() { os.RemoveAll(shm) })
				dir = shm
			}
			s, err := Open(Options{Dir: dir})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			if bench.file {
				t := spec("web", 1000, filepath.Join(dir, "web.log"), 10<<20)
				t.Log.Keep = 5
				s.Relog(t)
			}
			path, _, err := s.Open("web", os.Getuid(), os.Getgid(), 1000)
			if err != nil {
				b.Fatal(err)
			}
			pipe := openPipe(b, path)
			var floor, ours []time.Duration
			for b.Loop() {
				for range 5 {
					floor = append(floor, writer(b, role, bytes, nil))
					ours = append(ours, writer(b, role, bytes, pipe))
				}
			}
			slices.Sort(floor)
			slices.Sort(ours)
			f, o := floor[len(floor)/2], ours[len(ours)/2]
			b.ReportMetric(float64(f)/float64(o), "of-cat")
			b.ReportMetric(float64(bytes)/o.Seconds()/(1<<20), "MB/s")
		})
	}
}

// writer runs a writer into out, or into cat, and returns how long it took.
func writer(b *testing.B, role string, bytes int, out *os.File) time.Duration {
	env := append(os.Environ(), "LOGS_TEST_ROLE="+role, fmt.Sprintf("LOGS_TEST_BYTES=%d", bytes))
	child := exec.Command(os.Args[0])
	child.Env, child.Stdout = env, out
	if out == nil {
		r, w, err := os.Pipe()
		if err != nil {
			b.Fatal(err)
		}
		cat := exec.Command("cat")
		cat.Stdin = r
		null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		if err != nil {
			b.Fatal(err)
		}
		defer null.Close()
		cat.Stdout, child.Stdout = null, w
		if err := cat.Start(); err != nil {
			b.Fatal(err)
		}
		r.Close()
		defer cat.Wait()
		defer w.Close()
	}
	start := time.Now()
	if err := child.Run(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// BenchmarkOpen measures the making of the ears of one service.
func BenchmarkOpen(b *testing.B) {
	dir, err := os.MkdirTemp("/dev/shm", "logs")
	if err != nil {
		b.Skip(err)
	}
	defer os.RemoveAll(dir)
	s, err := Open(Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for i := 0; b.Loop(); i++ {
		if _, _, err := s.Open(fmt.Sprint("s", i), os.Getuid(), os.Getgid(), 1000); err != nil {
			b.Fatal(err)
		}
	}
}
