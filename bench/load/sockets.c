// Sockets: handshake, masked frames out, frames in, and the way back after a close.

#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 512
#define READ_BYTES 16384
#define MOST_FRAME 65536
#define FLOOR_SECONDS 0.15 // of the page's own backoff (frontend/static/js/backoff.js)
#define CAP_SECONDS 15.0
#define SPREAD_SECONDS 5.0
#define RESTART 1012

Socket *sockets;
int socket_count, in_count, sender_count, restart_count;
int *senders;
bool may_close, has_input;
int watched_input = -1;

static int poll_fd = -1;

// Each line: room, 1 when it sends, path, the value of its Cookie header or "-".
void read_sockets(const char *file_name) {
    FILE *file = fopen(file_name, "r");
    long room_id;
    int sends, capacity = 0, room_count = 0;
    static char path[256], cookie[1024];
    static Room rooms[4096];
    if (!file) perror(file_name), exit(2);
    while (fscanf(file, "%ld %d %255s %1023[^\n]", &room_id, &sends, path, cookie) == 4) {
        int place = 0;
        while (place < room_count && rooms[place].id != room_id) place++;
        if (place == room_count) rooms[room_count++].id = room_id;
        if (socket_count == capacity) {
            capacity = capacity * 2 + 64;
            sockets = realloc(sockets, (size_t)capacity * sizeof *sockets);
            senders = realloc(senders, (size_t)capacity * sizeof *senders);
        }
        sockets[socket_count] = (Socket){.index = socket_count, .fd = -1, .room = &rooms[place], .sender = -1};
        sockets[socket_count].path = strdup(path);
        sockets[socket_count].cookie = strdup(cookie);
        if (sends) {
            sockets[socket_count].sender = rooms[place].senders++;
            senders[sender_count++] = socket_count;
        }
        rooms[place].size++;
        socket_count++;
    }
    fclose(file);
}

static void watch(Socket *socket, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = socket};
    if (poll_fd < 0) {
        poll_fd = epoll_create1(0);
        struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL};
        if (watched_input >= 0) epoll_ctl(poll_fd, EPOLL_CTL_ADD, watched_input, &input);
    }
    epoll_ctl(poll_fd, operation, socket->fd, &event);
}

void open_socket(Socket *s) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (s->fd < 0) perror("socket"), exit(2);
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    s->state = CONNECTING;
    s->length = 0;
    s->close_code = 0;
    if (connect(s->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) {
        close_socket(s);
        return;
    }
    watch(s, EPOLL_CTL_ADD, EPOLLOUT);
}

static void upgrade(Socket *s) {
    char request[2048], cookie[1100] = "", subprotocol[80] = "";
    if (strcmp(s->cookie, "-")) snprintf(cookie, sizeof cookie, "Cookie: %s\r\n", s->cookie);
    if (options.protocol->subprotocol)
        snprintf(subprotocol, sizeof subprotocol, "Sec-WebSocket-Protocol: %s\r\n", options.protocol->subprotocol);
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: %s\r\n"
                          "%s%s\r\n",
                          s->path, options.port, options.origin, cookie, subprotocol);
    s->state = UPGRADING;
    watch(s, EPOLL_CTL_MOD, EPOLLIN);
    if (send(s->fd, request, (size_t)length, MSG_NOSIGNAL) != length) close_socket(s);
}

// When it comes back is decided as the page does: spread after a restart, then backing off.
static uint64_t seconds_away(const Socket *s) {
    double dice = (double)random() / ((double)RAND_MAX + 1.0), width = s->close_code == RESTART ? SPREAD_SECONDS : 1.0;
    if (s->attempt) width = s->attempt < 4 ? (double)(1u << s->attempt) : CAP_SECONDS;
    return (uint64_t)((FLOOR_SECONDS + dice * (width - FLOOR_SECONDS)) * 1e9);
}

void close_socket(Socket *s) {
    if (s->state == AWAY) return;
    if (s->state == IN) in_count--;
    if (!may_close) violations.closed++;
    restart_count += s->close_code == RESTART;
    close(s->fd);
    s->fd = -1;
    s->state = AWAY;
    s->return_at_ns = now_ns() + seconds_away(s);
    s->attempt++;
}

void come_back(void) {
    uint64_t now = now_ns();
    for (int i = 0; i < socket_count; i++)
        if (sockets[i].state == AWAY && sockets[i].return_at_ns <= now) open_socket(&sockets[i]);
}

// Out

static void send_frame(Socket *s, unsigned char opcode, const char *payload, size_t length) {
    static unsigned char frame[MOST_FRAME + 8];
    static const unsigned char mask[4] = {0x1b, 0x70, 0x2f, 0x9c};
    size_t head = 0;
    if (s->fd < 0 || length > MOST_FRAME) return;
    frame[head++] = 0x80 | opcode;
    if (length < 126) {
        frame[head++] = 0x80 | (unsigned char)length;
    } else {
        frame[head++] = 0x80 | 126;
        frame[head++] = (unsigned char)(length >> 8);
        frame[head++] = (unsigned char)length;
    }
    memcpy(frame + head, mask, sizeof mask);
    head += sizeof mask;
    for (size_t i = 0; i < length; i++) frame[head + i] = (unsigned char)payload[i] ^ mask[i & 3];
    if (send(s->fd, frame, head + length, MSG_NOSIGNAL) != (ssize_t)(head + length) && !may_close)
        note_error("a send failed", 13);
}

void send_text(Socket *s, const char *text, size_t length) { send_frame(s, 1, text, length); }

// In

static void take_frame(Socket *s, int opcode, const char *payload, size_t length) {
    if (is_measuring) counts.frames++;
    if (opcode == 1) {
        options.protocol->read(s, payload, length);
    } else if (opcode == 9) {
        send_frame(s, 10, payload, length);
    } else if (opcode == 8) {
        s->close_code = length >= 2 ? (unsigned char)payload[0] << 8 | (unsigned char)payload[1] : 1005;
        send_frame(s, 8, payload, length >= 2 ? 2 : 0);
    }
}

static size_t take_handshake(Socket *s) {
    char *end = memmem(s->buffer, s->length, "\r\n\r\n", 4);
    if (!end) return 0;
    if (s->length < 12 || memcmp(s->buffer, "HTTP/1.1 101", 12)) {
        note_error(s->buffer, (size_t)(strchr(s->buffer, '\r') - s->buffer));
        close_socket(s);
        return 0;
    }
    s->state = GREETING;
    options.protocol->greet(s);
    return (size_t)(end + 4 - s->buffer);
}

// The bytes of the frame at `at`, with where its payload begins; 0 while it isn't whole.
static size_t frame_size(const Socket *s, size_t at, size_t *payload) {
    const unsigned char *head = (unsigned char *)s->buffer + at;
    size_t there = s->length - at, length, bytes = 2;
    if (there < 2) return 0;
    length = head[1] & 127;
    if (length >= 126) {
        size_t wide = length == 126 ? 2 : 8;
        if (there < bytes + wide) return 0;
        length = 0;
        for (size_t i = 0; i < wide; i++) length = length << 8 | head[bytes + i];
        bytes += wide;
    }
    *payload = at + bytes;
    return there < bytes + length ? 0 : bytes + length;
}

static void take_bytes(Socket *s) {
    size_t at = 0, size, payload;
    if (s->state == UPGRADING && !(at = take_handshake(s))) return;
    while (s->fd >= 0 && (size = frame_size(s, at, &payload))) {
        take_frame(s, s->buffer[at] & 15, s->buffer + payload, at + size - payload);
        at += size;
    }
    if (s->fd < 0 || !at) return;
    memmove(s->buffer, s->buffer + at, s->length - at);
    s->length -= at;
}

static void read_socket(Socket *s) {
    if (s->capacity - s->length < READ_BYTES) {
        s->capacity = s->capacity * 2 + READ_BYTES;
        s->buffer = realloc(s->buffer, s->capacity + 1);
    }
    ssize_t got = recv(s->fd, s->buffer + s->length, s->capacity - s->length, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        close_socket(s);
        return;
    }
    s->length += (size_t)got;
    s->buffer[s->length] = 0;
    if (is_measuring) counts.bytes += (size_t)got;
    take_bytes(s);
}

void turn(uint64_t wait_ns) {
    struct epoll_event events[EVENTS];
    struct timespec wait = {(time_t)(wait_ns / 1000000000), (long)(wait_ns % 1000000000)};
    int count = epoll_pwait2(poll_fd, events, EVENTS, &wait, NULL);
    for (int i = 0; i < count; i++) {
        Socket *s = events[i].data.ptr;
        if (!s) {
            has_input = true;
        } else if (s->state == CONNECTING) {
            if (events[i].events & (EPOLLERR | EPOLLHUP))
                close_socket(s);
            else
                upgrade(s);
        } else if (s->fd >= 0) {
            read_socket(s);
        }
    }
}
