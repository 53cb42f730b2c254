package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// asTable asks the API server for the columns that kubectl prints.
const asTable = "application/json;as=Table;v=v1;g=meta.k8s.io"

// table is what the API server answers to kubectl get.
func (w *world) table(ctx context.Context, path string) (*metav1.Table, error) {
	c, err := rest.HTTPClientFor(w.config)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(w.config.Host, "/")+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", asTable)
	answer, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 1024))
		return nil, fmt.Errorf("GET %s: %s: %s", path, answer.Status, text)
	}
	t := &metav1.Table{}
	return t, json.NewDecoder(answer.Body).Decode(t)
}

// cells are the header and the rows, without the columns that kubectl leaves to -o wide.
func cells(t *metav1.Table) [][]string {
	rows := make([][]string, 1+len(t.Rows))
	for i, column := range t.ColumnDefinitions {
		if column.Priority > 0 {
			continue
		}
		rows[0] = append(rows[0], strings.ToUpper(column.Name))
		for r, row := range t.Rows {
			text := ""
			if i < len(row.Cells) && row.Cells[i] != nil {
				text = fmt.Sprint(row.Cells[i])
			}
			rows[r+1] = append(rows[r+1], text)
		}
	}
	return rows
}

// layout prints rows as kubectl does. Where they do not fit, the columns are folded into blocks, each with its header:
// a line that the terminal breaks cannot be read.
func layout(rows [][]string, width int) []string {
	var lines []string
	for len(rows) > 0 && len(rows[0]) > 0 {
		fit := fitting(rows, width)
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, aligned(firstColumns(rows, fit))...)
		for r := range rows {
			rows[r] = rows[r][fit:]
		}
	}
	return lines
}

// fitting is how many of the first columns fit, at least one.
func fitting(rows [][]string, width int) int {
	n := len(rows[0])
	for n > 1 && longest(aligned(firstColumns(rows, n))) > width {
		n--
	}
	return n
}

func firstColumns(rows [][]string, n int) [][]string {
	out := make([][]string, len(rows))
	for r := range rows {
		out[r] = rows[r][:n]
	}
	return out
}

// aligned with the numbers of kubectl: columns of at least 6 characters, 3 between them.
func aligned(rows [][]string) []string {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 6, 4, 3, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	_ = w.Flush() // a buffer takes everything
	lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

func longest(lines []string) int {
	lengths := []int{0}
	for _, l := range lines {
		lengths = append(lengths, len([]rune(l)))
	}
	return slices.Max(lengths)
}
