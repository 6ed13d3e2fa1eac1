// Ticks what is left until data-closes-at, by the server's clock: the offset between its clock (data-server-now, the moment
// the page was made) and ours is measured once per element. At zero it says so and sends the event "countdown-over".
"use strict";
(() => {
  const URGENT_SECONDS = 600;
  const offsets = new WeakMap();

  const words = (element, seconds) => {
    const text = element.dataset;
    const days = Math.floor(seconds / 86400);
    const hours = Math.floor((seconds % 86400) / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    const counted = (number, one, many) => `${number} ${Number(number) === 1 ? one : many}`;
    const parts = [text.textLeft];
    if (days) parts.push(counted(days, text.textDay, text.textDays));
    if (days || hours) parts.push(counted(hours, text.textHour, text.textHours));
    if (!days) {
      parts.push(counted(minutes, text.textMinute, text.textMinutes));
      parts.push(counted(String(seconds % 60).padStart(2, "0"), text.textSecond, text.textSeconds));
    }
    return parts.join(" ");
  };

  const tick = (element) => {
    if (!offsets.has(element)) offsets.set(element, Date.parse(element.dataset.serverNow) - Date.now());
    const left = Math.ceil((Date.parse(element.dataset.closesAt) - Date.now() - offsets.get(element)) / 1000);
    if (!Number.isFinite(left)) return;
    element.classList.toggle("is-urgent", left > 0 && left <= URGENT_SECONDS);
    if (left > 0) {
      element.textContent = words(element, left);
      return;
    }
    if (element.dataset.isOver) return;
    element.dataset.isOver = "yes";
    element.textContent = element.dataset.textOver;
    element.dispatchEvent(new CustomEvent("countdown-over", { bubbles: true }));
  };

  const tickAll = () => document.querySelectorAll("[data-countdown]").forEach(tick);
  if (document.querySelector("[data-countdown]")) {
    tickAll();
    window.setInterval(tickAll, 1000);
  }
})();
