// Command app is the workload of the end-to-end stories: a web server that says which version it is, and keeps rows in
// the database that AfroApp gave it. As `app pause` it is what holds a pod's namespaces.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "pause" {
		pause()
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := serve(ctx); err != nil {
		log.Fatal(err)
	}
}

func serve(ctx context.Context) error {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", hello)
	mux.HandleFunc("POST /rows", addRow)
	mux.HandleFunc("GET /rows", countRows)
	server := &http.Server{Addr: ":" + port, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(last)
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// hello says the version, which is a file of the image, and the pod.
func hello(w http.ResponseWriter, _ *http.Request) {
	version, err := os.ReadFile("/version")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	pod, _ := os.Hostname()
	fmt.Fprintf(w, "version %s on %s\n", strings.TrimSpace(string(version)), pod)
}

func addRow(w http.ResponseWriter, r *http.Request) {
	withDatabase(w, r, func(c *pgx.Conn) error {
		_, err := c.Exec(r.Context(), "create table if not exists rows (id serial primary key, at timestamptz default now())")
		if err != nil {
			return err
		}
		var id int
		if err := c.QueryRow(r.Context(), "insert into rows default values returning id").Scan(&id); err != nil {
			return err
		}
		fmt.Fprintln(w, id)
		return nil
	})
}

func countRows(w http.ResponseWriter, r *http.Request) {
	withDatabase(w, r, func(c *pgx.Conn) error {
		var n int
		if err := c.QueryRow(r.Context(), "select count(*) from rows").Scan(&n); err != nil {
			return err
		}
		fmt.Fprintln(w, n)
		return nil
	})
}

func withDatabase(w http.ResponseWriter, r *http.Request, do func(*pgx.Conn) error) {
	c, err := pgx.Connect(r.Context(), os.Getenv("DATABASE_URL"))
	if err == nil {
		defer func() { _ = c.Close(r.Context()) }()
		err = do(c)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}
