-- Takes portions of items on a day, all or none: raises RD001 with the item's id when one is not to be had. One
-- statement for a whole batch of orders, where the first version looked at each item by itself.
create or replace function reserve_portions(item_ids uuid[], quantities integer[], days date[]) returns void
language plpgsql as $$
declare
  refused uuid;
begin
  with wanted as materialized (
    select w.id, w.day, sum(w.quantity)::integer as quantity from unnest(item_ids, quantities, days) as w (id, quantity, day)
    group by w.id, w.day
  ), on_sale as materialized (
    select w.id, w.day, w.quantity, i.portions_per_day
    from wanted w join menu_items i on i.id = w.id
    where i.is_available and i.deleted_at is null
  ), taken as (
    insert into item_portions (item_id, day, reserved_count)
    select s.id, s.day, s.quantity from on_sale s where s.quantity <= s.portions_per_day
    -- One order everywhere, so that two batches cannot deadlock.
    order by s.id, s.day
    on conflict (item_id, day) do update set reserved_count = item_portions.reserved_count + excluded.reserved_count
      where item_portions.reserved_count + excluded.reserved_count
        <= (select i.portions_per_day from menu_items i where i.id = excluded.item_id)
    returning item_portions.item_id, item_portions.day
  )
  select w.id into refused from wanted w
  where not exists (select from taken t where t.item_id = w.id and t.day = w.day)
    and not exists (select from on_sale s where s.id = w.id and s.day = w.day and s.portions_per_day is null)
  order by w.id limit 1;
  if found then
    raise exception 'sold out, or not on sale' using errcode = 'RD001', detail = refused::text;
  end if;
end $$;
