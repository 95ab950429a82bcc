/** The browser's own signs that the network or the reader came back or went, told to the chat. */

export function connected(chat) {
  const { socket } = chat;
  addEventListener("online", () => socket.wake());
  addEventListener("offline", () => socket.lose());
  addEventListener("pageshow", () => socket.wake());
  document.addEventListener("visibilitychange", () => {
    const isHere = document.visibilityState === "visible";
    chat.attend(isHere);
    if (!isHere) chat.drafts.leave();
    if (isHere) socket.wake();
  });
}
