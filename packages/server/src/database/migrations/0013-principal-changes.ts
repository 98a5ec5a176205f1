import { type Kysely, type Migration, sql } from 'kysely'

/**
 * Says whenever somebody may do something else than before: keys that nodes keep in memory are forgotten then. Every node
 * hears it as a notification, some time after the commit; whoever makes the change hears it in its own session at once.
 * Being used changes nothing of a key.
 */
export const principalChangesMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create function announce_principals() returns trigger language plpgsql as $$
      declare
        organization text;
      begin
        if tg_op = 'DELETE' then
          organization := old.organization_id;
        else
          organization := new.organization_id;
        end if;
        perform pg_notify('ops_center_principals', organization);
        raise info using errcode = 'OPS01', message = 'ops_center_principals', detail = organization;
        return null;
      end
      $$
    `.execute(db)
    await sql`
      create trigger announce_changed_key after update on api_keys for each row
      when ((to_jsonb(old) - 'last_used_at') is distinct from (to_jsonb(new) - 'last_used_at'))
      execute function announce_principals()
    `.execute(db)
    await sql`
      create trigger announce_deleted_key after delete on api_keys for each row
      execute function announce_principals()
    `.execute(db)
    await sql`
      create trigger announce_changed_user after update on users for each row
      when ((to_jsonb(old) - 'last_login') is distinct from (to_jsonb(new) - 'last_login'))
      execute function announce_principals()
    `.execute(db)
    await sql`
      create trigger announce_other_user after insert or delete on users for each row
      execute function announce_principals()
    `.execute(db)
  },
}
