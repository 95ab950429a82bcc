// The records of what was sent: who has shown it, what was acknowledged, how long it took.

#include "load.h"

#include <stdlib.h>
#include <string.h>

#define RING 8192 // messages under way of one sender
#define MOST_TEXT 49152

Violations violations;
Counts counts;
Samples last_screen, acknowledged;
bool is_measuring, is_sending;
char first_error[200];

static void add(Samples *samples, uint64_t ns) {
    if (samples->count == samples->capacity) {
        samples->capacity = samples->capacity * 2 + 4096;
        samples->microseconds = realloc(samples->microseconds, samples->capacity * sizeof *samples->microseconds);
    }
    samples->microseconds[samples->count++] = (uint32_t)(ns / 1000);
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

double percentile_ms(Samples *samples, double share) {
    if (!samples->count) return -1;
    qsort(samples->microseconds, samples->count, sizeof *samples->microseconds, by_size);
    size_t place = (size_t)(share * (double)samples->count);
    return samples->microseconds[place < samples->count ? place : samples->count - 1] / 1000.0;
}

void send_message(Socket *socket, uint64_t due_ns) {
    static char text[MOST_TEXT];
    if (!socket->messages) socket->messages = calloc(RING, sizeof(Message));
    uint32_t number = ++socket->sent;
    Message *message = &socket->messages[number % RING];
    if (message->number && message->screens < socket->room->size) violations.incomplete++; // overtaken by the ring
    *message = (Message){.number = number, .sent_ns = due_ns};
    socket->in_flight++;
    send_text(socket, text, (size_t)options.protocol->write(text, sizeof text, socket, number));
}

Message *message_of(uint32_t sender_index, uint32_t number) {
    if (sender_index >= (uint32_t)socket_count || !sockets[sender_index].messages) return NULL;
    Message *message = &sockets[sender_index].messages[number % RING];
    return message->number == number ? message : NULL;
}

// A message is counted once, whichever of those who disagree is read first.
static void agree(Message *message, uint64_t seq) {
    if (!message->seq) message->seq = seq;
    if (message->seq == seq || message->is_disputed) return;
    message->is_disputed = true;
    violations.differs++;
}

// A screen shows a message. The sender's own screen frees its place in flight.
void show(Socket *socket, uint32_t sender_index, uint32_t number, uint64_t seq) {
    Message *message = message_of(sender_index, number);
    if (is_measuring) counts.deliveries++;
    if (!message) {
        violations.differs++;
        return;
    }
    agree(message, seq);
    if (++message->screens == socket->room->size && is_measuring) {
        counts.messages++;
        add(&last_screen, now_ns() - message->sent_ns);
    }
    if ((uint32_t)socket->index == sender_index) {
        socket->in_flight--;
        if (is_sending) send_message(socket, now_ns());
    }
}

void acknowledge(uint32_t sender_index, uint32_t number, uint64_t seq) {
    Message *message = message_of(sender_index, number);
    if (!message || message->is_acked) {
        violations.differs++;
        return;
    }
    agree(message, seq);
    message->is_acked = true;
    if (is_measuring) add(&acknowledged, now_ns() - message->sent_ns);
}

// The screen goes on from `from` to `to`; anything but the next seq is a fault.
void follow_seq(Socket *socket, uint64_t from, uint64_t to) {
    if (from > socket->last_seq + 1) violations.gaps++;
    if (from <= socket->last_seq) violations.repeats++;
    socket->last_seq = to;
}

void note_error(const char *text, size_t length) {
    if (!violations.errors++) snprintf(first_error, sizeof first_error, "%.*s", (int)length, text);
}

static bool is_done(const Socket *sender, const Message *message) {
    return message->screens >= sender->room->size && (message->is_acked || !options.protocol->subprotocol);
}

static size_t unfinished(bool count_them) {
    size_t found = 0;
    for (int i = 0; i < sender_count; i++) {
        const Socket *sender = &sockets[senders[i]];
        for (size_t place = 0; sender->messages && place < RING; place++) {
            const Message *message = &sender->messages[place];
            if (!message->number || is_done(sender, message)) continue;
            found++;
            if (!count_them) continue;
            violations.incomplete += message->screens < sender->room->size;
            violations.unacked += !message->is_acked && options.protocol->subprotocol;
        }
    }
    return found;
}

size_t under_way(void) { return unfinished(false); }

void settle_accounts(void) { unfinished(true); }
