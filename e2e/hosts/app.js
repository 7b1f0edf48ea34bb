// Like an application of components: what is on the page is made late, and made again whenever something changes.
const root = document.getElementById('root');
let orders = 0;

function render() {
  root.replaceChildren();
  const title = document.createElement('h1');
  title.textContent = 'Malwa – bukiety na zamówienie';
  const card = document.createElement('section');
  card.className = 'card';
  const place = document.createElement('div');
  place.dataset.zgodaForm = document.documentElement.dataset.form;
  card.append(place);
  const count = document.createElement('p');
  count.id = 'orders';
  count.textContent = `Zamówień: ${orders}`;
  root.append(title, count, card);
  // The component's effect: shows the form in an element that was not there when the script began.
  window.Zgoda?.render(place);
}

document.documentElement.dataset.form = '{{form}}';
document.addEventListener('zgoda:submitted', () => {
  orders += 1;
  document.getElementById('orders').textContent = `Zamówień: ${orders}`;
});
window.again = render;
setTimeout(render, 300);
