package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// columns is how wide a text is made. Only the output of commands may be wider, where the terminal is.
const columns = 100

// Screen is where the demo is shown. Only one goroutine writes to it.
type Screen struct {
	out    io.Writer
	width  int  // columns that fit
	colour bool // escape sequences for colours
	live   bool // a line may be written over
	steps  int
}

// terminal is a screen on a file. Colours and lines that are written over are for terminals only; NO_COLOR takes the
// colours away, TERM=dumb both.
func terminal(out *os.File) *Screen {
	s := &Screen{out: out, width: columns}
	fd := int(out.Fd())
	if !term.IsTerminal(fd) || os.Getenv("TERM") == "dumb" {
		return s
	}
	s.live, s.colour = true, os.Getenv("NO_COLOR") == ""
	if width, _, err := term.GetSize(fd); err == nil && width > 0 {
		s.width = width
	}
	return s
}

// style is the number of an escape sequence.
type style string

const (
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	cyan   style = "36"
)

func (s *Screen) in(with style, text string) string {
	if !s.colour || text == "" {
		return text
	}
	return "\x1b[" + string(with) + "m" + text + "\x1b[0m"
}

func (s *Screen) printf(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

// step begins the next part of the story.
func (s *Screen) step(title string) {
	s.steps++
	head := fmt.Sprintf("%d  %s ", s.steps, title)
	s.printf("\n%s%s\n", s.in(bold, head), s.in(dim, strings.Repeat("─", max(0, min(columns, s.width)-len([]rune(head))))))
}

// say prints a paragraph.
func (s *Screen) say(format string, args ...any) {
	for _, line := range wrap(fmt.Sprintf(format, args...), min(columns, s.width)) {
		s.printf("%s", line)
	}
}

// ran prints what a person would have typed.
func (s *Screen) ran(command string) { s.printf("%s%s", s.in(dim, "$ "), s.in(bold, command)) }

// good is a line about something that is done.
func (s *Screen) good(format string, args ...any) {
	s.item("", green, "ok", fmt.Sprintf(format, args...))
}

// item is a text behind its mark, wrapped so that it stays behind it.
func (s *Screen) item(indent string, colour style, mark, text string) {
	for i, line := range wrap(text, min(columns, s.width)-len(indent)-len(mark)-2) {
		head := s.in(colour, mark)
		if i > 0 {
			head = strings.Repeat(" ", len(mark))
		}
		s.printf("%s%s  %s", indent, head, line)
	}
}

// wrap breaks a text between words.
func wrap(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}

// patience is how often a long wait is heard of: a terminal counts the seconds, elsewhere each is a line.
func (s *Screen) patience() time.Duration {
	if s.live {
		return time.Second
	}
	return 5 * time.Second
}

// within is during, with a limit.
func (s *Screen) within(ctx context.Context, limit time.Duration, what string, do func(ctx context.Context, say func(string)) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%s took more than %s", what, limit))
	defer cancel()
	return s.during(ctx, what, do)
}

// during does something that takes its time, and says at least every few seconds that it is still at it. What it says
// itself is printed line by line.
func (s *Screen) during(ctx context.Context, what string, do func(ctx context.Context, say func(string)) error) error {
	lines, done := make(chan string), make(chan error, 1)
	go func() {
		done <- do(ctx, func(line string) { lines <- line })
	}()
	began, tick := time.Now(), time.NewTicker(s.patience())
	defer tick.Stop()
	for {
		select {
		case line := <-lines:
			s.clear()
			s.printf("%s", line)
			what, began = line, time.Now()
		case <-tick.C:
			s.waiting(what, time.Since(began))
		case err := <-done:
			s.clear()
			return err
		}
	}
}

func (s *Screen) waiting(what string, since time.Duration) {
	line := cut("… "+since.Round(time.Second).String()+"  "+what, s.width-1)
	if !s.live {
		s.printf("%s", line)
		return
	}
	fmt.Fprintf(s.out, "\r\x1b[K%s", s.in(dim, line))
}

// cut a line that does not fit.
func cut(line string, width int) string {
	if r := []rune(line); len(r) > width {
		return string(r[:max(0, width-1)]) + "…"
	}
	return line
}

// clear takes the line that is written over away.
func (s *Screen) clear() {
	if s.live {
		fmt.Fprint(s.out, "\r\x1b[K")
	}
}
