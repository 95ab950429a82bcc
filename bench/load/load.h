// The load generator of `./chat bench`: one thread, epoll, loopback. What the files share.
//
// Invariant: every message has one record, made when it is sent. Whatever a screen shows or the server acknowledges is
// held against that record, and against the seq that the socket has to see next; what doesn't fit is counted as a
// violation and never dropped in silence.

#ifndef LOAD_H
#define LOAD_H

#define _GNU_SOURCE
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum { AWAY, CONNECTING, UPGRADING, GREETING, IN } State;

typedef struct {
    long id;
    int size;     // sockets that have it on their screen
    int senders;
} Room;

typedef struct {
    uint32_t number;     // of this sender, from 1
    int screens;         // how many have shown it
    uint64_t sent_ns;    // when it was due, on the monotonic clock
    uint64_t seq;        // 0 until the server has said it
    bool is_acked;
    bool is_disputed;
} Message;

typedef struct {
    int index, fd;
    State state;
    Room *room;
    char *path, *cookie;
    int sender;            // its place among the senders of the room; -1: it only reads
    Message *messages;     // ring of the messages under way
    uint32_t sent;
    int in_flight;
    bool has_seq;
    uint64_t last_seq;     // of what its screen shows
    uint32_t *shown;       // by sender of the room, where there are no seqs
    uint64_t return_at_ns; // while AWAY
    int attempt, close_code;
    char *buffer;
    size_t length, capacity;
} Socket;

typedef struct {
    const char *subprotocol;
    void (*greet)(Socket *);
    int (*write)(char *out, size_t size, const Socket *, uint32_t number);
    void (*read)(Socket *, const char *text, size_t length);
} Protocol;

// What went wrong; all zero in a run that counts.
typedef struct {
    uint64_t gaps;        // a seq was left out on a screen
    uint64_t repeats;     // a screen showed something twice
    uint64_t differs;     // two screens, or screen and ack, disagree about a message
    uint64_t incomplete;  // messages that were not on every screen in the end
    uint64_t unacked;     // messages that were never acknowledged
    uint64_t errors;      // frames `error`, refused handshakes, sends that failed
    uint64_t closed;      // sockets that were closed and should not have been
} Violations;

typedef struct {
    uint64_t messages;    // on the last screen
    uint64_t deliveries;
    uint64_t bytes, frames, other_frames;
} Counts;

typedef struct {
    uint32_t *microseconds;
    size_t count, capacity;
} Samples;

typedef struct {
    int port;
    const char *origin, *mode;
    const Protocol *protocol;
    int in_flight, at_once;
    double rate, seconds, warm_seconds, settle_seconds, drain_seconds;
    int characters;
    FILE *log;            // "shown|acked room seq cid" per line
} Options;

extern Options options;
extern Socket *sockets;
extern int socket_count, in_count;
extern int restart_count; // closes with 1012
extern int *senders;      // indices of the sockets that send
extern int sender_count;
extern Violations violations;
extern Counts counts;     // of the window that is measured
extern Samples last_screen, acknowledged;
extern bool is_measuring, is_sending, may_close;
extern char first_error[200];
extern const Protocol product, tutorial;

// sockets.c
void read_sockets(const char *file);
void open_socket(Socket *);
void send_text(Socket *, const char *text, size_t length);
void close_socket(Socket *);
void turn(uint64_t wait_ns);                     // one round of the loop
void come_back(void);                            // reconnect those whose time has come
extern int watched_input;                        // becomes readable: -1 none
extern bool has_input;

// messages.c
void send_message(Socket *, uint64_t due_ns);
Message *message_of(uint32_t sender_index, uint32_t number);
void show(Socket *, uint32_t sender_index, uint32_t number, uint64_t seq);
void acknowledge(uint32_t sender_index, uint32_t number, uint64_t seq);
void follow_seq(Socket *, uint64_t from, uint64_t to);
void note_error(const char *text, size_t length);
size_t under_way(void);
void settle_accounts(void);
double percentile_ms(Samples *, double share);

// server.c
void watch_process(int pid);
void forget_processes(void);
uint64_t server_cpu_ns(void);
uint64_t server_rss_kib(void);
uint64_t own_cpu_ns(void);
uint64_t now_ns(void);
uint64_t wall_ms(void);

#endif
