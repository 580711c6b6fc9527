package logs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// farthest is the largest offset at which a segment is believed to begin: so many
// bytes nobody writes, and what is added to it does not overflow.
const farthest = 1 << 60

// recover finds the ears and segments that a predecessor left.
func (s *Store) recover() error {
	rings, err := s.findRings()
	if err != nil {
		return err
	}
	files, err := os.ReadDir(s.ears)
	if err != nil {
		return fmt.Errorf("cannot list the pipes: %w", err)
	}
	s.findPipes(files)
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), "."+suffix(Stdout)); ok {
			if err := s.reopen(name, rings); err != nil {
				return err
			}
		}
	}
	s.held = nil
	s.reopenSyslog(rings)
	for path, bases := range rings { // of services whose pipes are gone
		unix.Unlink(markPath(path))
		removeSegments(path, bases)
	}
	return nil
}

// findRings lists the segments on file: path without base to bases, ascending. A mark
// alone has none. [os.ReadDir] sorts, and all bases have as many digits.
func (s *Store) findRings() (map[string][]int64, error) {
	files, err := os.ReadDir(s.logs)
	if err != nil {
		return nil, fmt.Errorf("cannot list the logs: %w", err)
	}
	rings := map[string][]int64{}
	for _, f := range files {
		ext := filepath.Ext(f.Name())
		path := filepath.Join(s.logs, strings.TrimSuffix(f.Name(), ext))
		if ext == markPath("") {
			if _, known := rings[path]; !known {
				rings[path] = nil
			}
			continue
		}
		base, err := strconv.ParseInt(strings.TrimPrefix(ext, "."), 16, 64)
		if err != nil || base < 0 || base > farthest || len(ext) != 17 {
			continue
		}
		rings[path] = append(rings[path], base)
	}
	return rings, nil
}

// reopen takes up the ears of one service, and takes its rings out of rings.
func (s *Store) reopen(name string, rings map[string][]int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := s.recordedLines(name)
	t, p, copied := readNotebook(s.notebook(name))
	if copied {
		s.targets[name] = t
	}
	sv, err := s.pipes(name)
	if err != nil {
		return err
	}
	for _, e := range []*ear{sv.out, sv.err} {
		e.lines.Store(int64(lines))
		if err := e.restore(rings[e.path]); err != nil {
			s.options.Log.Warn("cannot read old log; it begins anew", "service", name, "stream", e.stream, "error", err)
		}
		delete(rings, e.path)
	}
	return s.enlist(name, sv, p)
}

// reopenSyslog takes up what was recorded.
func (s *Store) reopenSyslog(rings map[string][]int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, bases := range rings {
		name, ok := strings.CutSuffix(filepath.Base(path), "."+suffix(Syslog))
		if !ok {
			continue
		}
		e := s.syslogEar(name)
		if err := e.restore(bases); err != nil {
			s.options.Log.Warn("cannot read old log; it begins anew", "service", name, "stream", Syslog, "error", err)
		}
		delete(rings, path)
	}
}

func (s *Store) recordedLines(name string) int {
	text, err := os.Readlink(s.sizeFile(name))
	if err != nil {
		return defaultLines
	}
	lines, err := strconv.Atoi(text)
	if err != nil || lines < 1 {
		return defaultLines
	}
	return lines
}

// restore takes up the segments that begin at bases, ascending. Those that are not
// joined to the newest, or too old, are removed; on error all are.
func (e *ear) restore(bases []int64) error {
	err := settle(e.path)
	unix.Unlink(markPath(e.path))
	if err != nil {
		removeSegments(e.path, bases)
		return err
	}
	var spans []span
	for i, base := range slices.Backward(bases) {
		g, err := reopenSegment(segmentPath(e.path, base), base)
		if err == nil && e.current == nil {
			e.current = g
			e.end.Store(base + g.size)
			e.heard.Store(g.last.wall)
			spans = []span{{base: base}}
			continue
		}
		joined := err == nil && base+g.size == spans[0].base && len(spans) < segments
		if !joined {
			removeSegments(e.path, bases[:i+1])
			if e.current == nil {
				return err
			}
			break
		}
		spans = slices.Insert(spans, 0, span{base: base})
	}
	if e.current == nil {
		return nil
	}
	e.ring.Store(&spans)
	if g := e.current; g.records > 0 && g.last.at == e.end.Load() && g.last.lost > 0 {
		e.loss.Store(&loss{at: g.last.at, lines: g.last.lost, when: g.last.time()})
	}
	return nil
}
