// Package remote lets other processes read the log of one that has its folder open, over
// a socket in the folder.
//
// What is read is what was committed. Nothing can be written this way: a log has one
// writer. The socket is its owner's alone, as the files of the folder are.
package remote

import (
	"errors"
	"fmt"
	"net"
	"net/rpc"
	"os"
	"path/filepath"
	"sync"

	"github.com/edynamic/edynamic/runtime/log"
)

// socketName is the socket in a data folder; serviceName what is asked for there.
const (
	socketName  = "live.sock"
	serviceName = "Log"
)

// socket is the path of the socket of a folder, as short as it can be said: the path of a
// socket has a limit.
func socket(dir string) string {
	path := filepath.Join(dir, socketName)
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, abs); err == nil && len(rel) < len(abs) {
		return rel
	}
	return abs
}

// Server answers those who read a log.
type Server struct {
	in    net.Listener
	mu    sync.Mutex
	conns map[net.Conn]bool // nil when it has ended
	all   sync.WaitGroup
}

// Serve answers for the log of a folder, which must be open in this process alone, until
// Close.
func Serve(dir string, l log.Log) (*Server, error) {
	path := socket(dir)
	// One that is there is that of a process that was killed: this one has the folder.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("the socket of the data folder %s: %w", dir, err)
	}
	in, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("the socket of the data folder %s: %w", dir, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("the socket of the data folder %s: %w", dir, err), in.Close())
	}
	answers := rpc.NewServer()
	if err := answers.RegisterName(serviceName, &service{l}); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	s := &Server{in: in, conns: map[net.Conn]bool{}}
	s.all.Go(func() {
		for {
			conn, err := in.Accept()
			if err != nil {
				return
			}
			if !s.has(conn) {
				_ = conn.Close() // nothing was said on it
				return
			}
			s.all.Go(func() {
				answers.ServeConn(conn)
				s.forget(conn)
			})
		}
	})
	return s, nil
}

// has takes a connection, until the server has ended.
func (s *Server) has(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns != nil {
		s.conns[conn] = true
	}
	return s.conns != nil
}

func (s *Server) forget(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
}

// Close ends all connections. The log stays open.
func (s *Server) Close() error {
	err := s.in.Close()
	s.mu.Lock()
	for conn := range s.conns {
		_ = conn.Close() // who reads finds that the run has ended
	}
	s.conns = nil
	s.mu.Unlock()
	s.all.Wait()
	return err
}
