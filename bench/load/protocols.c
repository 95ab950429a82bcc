// The two protocols that the generator speaks: the product's chatserver.v1, and the Channels tutorial's.

#include "load.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CID_CHARACTERS 36
#define HEAD 200 // room, seq and cid stand at the beginning of a frame

static const char *after(const char *text, size_t length, const char *key) {
    const char *found = memmem(text, length, key, strlen(key));
    return found ? found + strlen(key) : NULL;
}

static uint64_t number_after(const char *text, size_t length, const char *key) {
    const char *found = after(text, length, key);
    return found ? strtoull(found, NULL, 10) : 0;
}

static size_t head_of(size_t length) { return length < HEAD ? length : HEAD; }

static const char *words(void) {
    static char text[40000];
    static const char sentence[] = "The cell wall keeps its form while water moves in and out of it. ";
    if (!text[0])
        for (size_t at = 0; at + sizeof sentence < sizeof text; at += sizeof sentence - 1)
            memcpy(text + at, sentence, sizeof sentence);
    return text;
}

// "Message 7 of 12: …": what every screen can read back, whatever the protocol carries beside it. No markup in it.
static int write_text(char *out, size_t size, const Socket *socket, uint32_t number) {
    int head = snprintf(out, size, "Message %u of %d: ", number, socket->index);
    int rest = options.characters > head ? options.characters - head : 0;
    return head + snprintf(out + head, size - (size_t)head, "%.*s", rest, words());
}

static bool read_text(const char *text, size_t length, uint32_t *sender, uint32_t *number) {
    const char *at = after(text, length, "Message ");
    char *end;
    if (!at) return false;
    *number = (uint32_t)strtoul(at, &end, 10);
    if (strncmp(end, " of ", 4)) return false;
    *sender = (uint32_t)strtoul(end + 4, NULL, 10);
    return true;
}

// The product

static unsigned run_mark(void) { // tells this run's messages from those of earlier ones
    static unsigned mark;
    if (!mark) mark = ((unsigned)now_ns() ^ (unsigned)getpid() << 7) & 0x3ffffff;
    return mark;
}

// UUIDv7: milliseconds, mark of the run, sender (20 bits) and number (28 bits).
static void write_cid(char out[CID_CHARACTERS + 1], const Socket *socket, uint32_t number) {
    uint64_t ms = wall_ms();
    unsigned upper = (unsigned)socket->index << 12 | (number >> 16 & 0xfff), lower = number & 0xffff;
    snprintf(out, CID_CHARACTERS + 1, "%08x-%04x-7%03x-%04x-%08x%04x", (unsigned)(ms >> 16), (unsigned)ms & 0xffff,
             run_mark() >> 14 & 0xfff, 0x8000 | (run_mark() & 0x3fff), upper, lower);
}

static bool read_cid(const char *cid, uint32_t *sender, uint32_t *number) {
    unsigned upper, lower;
    unsigned long long tail;
    if (sscanf(cid + 15, "%3x-%4x-%12llx", &upper, &lower, &tail) != 3) return false;
    *sender = (uint32_t)(tail >> 28);
    *number = (uint32_t)(tail & 0xfffffff);
    return (upper << 14 | (lower & 0x3fff)) == run_mark();
}

static void log_line(const char *what, const Socket *socket, uint64_t seq, const char *cid) {
    if (options.log)
        fprintf(options.log, "%s %ld %llu %.*s\n", what, socket->room->id, (unsigned long long)seq, CID_CHARACTERS, cid);
}

static void greet_product(Socket *socket) {
    char text[160];
    int length = socket->has_seq
                     ? snprintf(text, sizeof text, "{\"t\":\"hello\",\"ref\":0,\"last\":{\"%ld\":%llu},\"client\":\"bench\"}",
                                socket->room->id, (unsigned long long)socket->last_seq)
                     : snprintf(text, sizeof text, "{\"t\":\"hello\",\"ref\":0,\"last\":{},\"client\":\"bench\"}");
    send_text(socket, text, (size_t)length);
}

static int write_product(char *out, size_t size, const Socket *socket, uint32_t number) {
    char cid[CID_CHARACTERS + 1];
    write_cid(cid, socket, number);
    int length = snprintf(out, size, "{\"t\":\"message.send\",\"ref\":%u,\"room\":%ld,\"cid\":\"%s\",\"text\":\"", number,
                          socket->room->id, cid);
    length += write_text(out + length, size - (size_t)length - 2, socket, number);
    memcpy(out + length, "\"}", 2);
    return length + 2;
}

// `ready` names the one room of a member that was provisioned, and how far it is.
static void read_ready(Socket *socket, const char *text, size_t length) {
    const char *rooms = after(text, length, "\"rooms\":[");
    const char *seq = rooms ? after(rooms, length - (size_t)(rooms - text), "\"last_seq\":") : NULL;
    if (!seq) {
        note_error("ready names no room", 19);
        return;
    }
    uint64_t last_seq = strtoull(seq, NULL, 10);
    if (socket->has_seq && last_seq < socket->last_seq) violations.gaps++; // the server forgot what it has shown
    if (!socket->has_seq) socket->last_seq = last_seq;
    socket->has_seq = true;
    if (socket->state == GREETING) {
        socket->state = IN;
        socket->attempt = 0;
        in_count++;
    }
}

static void read_sent(Socket *socket, const char *text, size_t length) {
    uint32_t sender, number, text_sender, text_number;
    uint64_t seq = number_after(text, head_of(length), "\"seq\":");
    const char *cid = after(text, head_of(length), "\"cid\":\"");
    follow_seq(socket, seq, seq);
    if (!cid || !read_cid(cid, &sender, &number)) return; // somebody else's
    const Message *message = message_of(sender, number);
    if (message && !message->screens) log_line("shown", socket, seq, cid);
    if (!read_text(cid, length - (size_t)(cid - text), &text_sender, &text_number) || text_sender != sender ||
        text_number != number)
        violations.differs++;
    show(socket, sender, number, seq);
}

static void read_ack(Socket *socket, const char *text, size_t length) {
    uint32_t sender, number;
    uint64_t seq = number_after(text, head_of(length), "\"seq\":");
    const char *cid = after(text, head_of(length), "\"cid\":\"");
    if (!cid || !read_cid(cid, &sender, &number)) {
        violations.differs++;
        return;
    }
    log_line("acked", socket, seq, cid);
    acknowledge(sender, number, seq);
}

static void read_product(Socket *socket, const char *text, size_t length) {
    const char *type = after(text, length < 40 ? length : 40, "\"t\":\"");
    if (!type) return;
    if (!strncmp(type, "message.sent\"", 13)) {
        read_sent(socket, text, length);
    } else if (!strncmp(type, "ack\"", 4)) {
        read_ack(socket, text, length);
    } else if (!strncmp(type, "ready\"", 6)) {
        read_ready(socket, text, length);
    } else if (!strncmp(type, "error\"", 6) || !strncmp(type, "gap\"", 4)) {
        note_error(text, length);
    } else if (!strncmp(type, "withheld\"", 9)) {
        follow_seq(socket, number_after(text, length, "\"from\":"), number_after(text, length, "\"to\":"));
    } else if (!strncmp(type, "m", 1) || !strncmp(type, "room.changed\"", 13)) { // every other event of the log
        uint64_t seq = number_after(text, head_of(length), "\"seq\":");
        follow_seq(socket, seq, seq);
    } else {
        counts.other_frames++;
    }
}

const Protocol product = {"chatserver.v1", greet_product, write_product, read_product};

// The tutorial: no greeting, no seq; the order of each sender's messages is all that can be held against it

static void greet_tutorial(Socket *socket) {
    socket->state = IN;
    socket->attempt = 0;
    in_count++;
}

static int write_tutorial(char *out, size_t size, const Socket *socket, uint32_t number) {
    int length = snprintf(out, size, "{\"message\":\"");
    length += write_text(out + length, size - (size_t)length - 2, socket, number);
    memcpy(out + length, "\"}", 2);
    return length + 2;
}

static void read_tutorial(Socket *socket, const char *text, size_t length) {
    uint32_t sender, number;
    if (!read_text(text, length, &sender, &number) || sender >= (uint32_t)socket_count) {
        note_error(text, length);
        return;
    }
    if (!socket->shown) socket->shown = calloc((size_t)socket->room->senders, sizeof *socket->shown);
    uint32_t *last = &socket->shown[sockets[sender].sender];
    violations.gaps += number > *last + 1;
    violations.repeats += number <= *last;
    *last = number;
    show(socket, sender, number, number);
}

const Protocol tutorial = {NULL, greet_tutorial, write_tutorial, read_tutorial};
