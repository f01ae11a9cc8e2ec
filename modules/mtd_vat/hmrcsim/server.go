package hmrcsim

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// Server is a stand-in that listens.
type Server struct {
	*Sim
	// URL is its base, http://localhost:PORT: authorize, token, API and pages are below it.
	URL string

	http  *http.Server
	ended chan error
}

// Start makes a stand-in and serves it on a loopback address; port 0 takes a free one.
// It ends with the context or with Stop.
func Start(ctx context.Context, port string, o Options) (*Server, error) {
	sim, err := New(o)
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return nil, err
	}
	_, port, err = net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, err
	}
	s := &Server{Sim: sim, URL: "http://localhost:" + port, ended: make(chan error, 1),
		http: &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}}
	go func() { s.ended <- s.http.Serve(listener) }()
	context.AfterFunc(ctx, func() { _ = s.Stop() })
	return s, nil
}

// grace is how long requests may take when the stand-in ends.
const grace = 2 * time.Second

// Stop lets held requests go and ends the server.
func (s *Server) Stop() error {
	s.Sim.Close()
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		return s.http.Close()
	}
	return nil
}

// Wait returns when the server has ended: nil after Stop.
func (s *Server) Wait() error {
	if err := <-s.ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
