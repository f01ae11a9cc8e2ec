package main

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// yardstickArg makes this program the no-op server.
const yardstickArg = "-serve-noop"

// serveNoop answers a small JSON object from an echo handler that does nothing
// else: what every ratio is taken to. It prints its address and serves until killed.
func serveNoop() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.GET("/noop", func(c echo.Context) error {
		return c.JSON(http.StatusOK, struct {
			OK   bool   `json:"ok"`
			Name string `json:"name"`
			N    int    `json:"n"`
		}{true, "bench", 42})
	})
	fmt.Println("http://" + l.Addr().String())
	return http.Serve(l, e)
}

// yardstick is the no-op server in a process of its own.
type yardstick struct{ *helper }

func startYardstick() (*yardstick, error) {
	h, err := startHelper(yardstickArg)
	if err != nil {
		return nil, err
	}
	h.url += "/noop"
	return &yardstick{h}, nil
}

// noopTime is the length of each of the two no-op phases of a case.
const noopTime = 2 * time.Second

// measure is one no-op phase.
func (y *yardstick) measure(p plan) (sample, error) {
	ops, closeAll, err := asking(p.connections, request{method: "GET", url: y.url})
	if err != nil {
		return sample{}, err
	}
	defer closeAll()
	d := min(noopTime, p.bounds.time)
	run(ops, bounds{d / 4, p.bounds.count})
	s := run(ops, bounds{d, p.bounds.count})
	if s.failed > 0 {
		return s, fmt.Errorf("the no-op server failed: %w", s.first)
	}
	return s, nil
}
