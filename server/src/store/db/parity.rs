//! Both schemas are one: the same tables, columns, keys and indexes, whatever the migrations of each say.

use std::collections::BTreeSet;

use super::{Db, Kind};

/// A line about each thing of a schema, so that what differs is told in words.
type Schema = BTreeSet<String>;

async fn of_sqlite(db: &Db) -> Schema {
    let Kind::Sqlite(pools) = &db.0 else { panic!("not a file") };
    let lines: Vec<String> = sqlx::query_scalar(
        "with t as (select name from sqlite_schema where type = 'table'
                    and name not like 'sqlite\\_%' escape '\\' and name not like '\\_sqlx%' escape '\\')
         select t.name || '.' || c.name || ' ' || c.type
             || case when c.\"notnull\" = 1 or c.pk > 0 then ' not null' else '' end
             || case when c.dflt_value is not null then ' default' else '' end
         from t join pragma_table_xinfo(t.name) c
         union all
         select 'primary key ' || t.name || ' (' || (select group_concat(c.name, ', ') from
             (select name from pragma_table_xinfo(t.name) where pk > 0 order by pk) c) || ')'
         from t
         union all
         select case i.origin when 'u' then 'unique ' || t.name
                    else case when i.\"unique\" then 'unique ' else '' end || 'index ' || i.name || ' on ' || t.name
                end || ' (' || (select group_concat(c.name, ', ') from
             (select name from pragma_index_info(i.name) order by seqno) c) || ')'
             || case when i.partial then ' partial' else '' end
         from t join pragma_index_list(t.name) i where i.origin <> 'pk'
         union all
         select 'reference ' || t.name || ' (' || group_concat(f.\"from\", ', ' order by f.seq) || ') to ' || f.\"table\"
         from t join pragma_foreign_key_list(t.name) f group by t.name, f.id, f.\"table\"",
    )
    .fetch_all(&pools.readers)
    .await
    .unwrap();
    lines.into_iter().collect()
}

async fn of_postgres(db: &Db) -> Schema {
    let Kind::Postgres(pools) = &db.0 else { panic!("not PostgreSQL") };
    let lines: Vec<String> = sqlx::query_scalar(
        "with t as (select c.oid, c.relname::text as name from pg_class c
                    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
                      and c.relname not like '\\_sqlx%')
         select t.name || '.' || a.attname || ' ' || case format_type(a.atttypid, null)
                 when 'bigint' then 'INTEGER' when 'boolean' then 'INTEGER'
                 when 'text' then 'TEXT' when 'date' then 'TEXT'
                 when 'bytea' then 'BLOB' else format_type(a.atttypid, null) end
             || case when a.attnotnull then ' not null' else '' end
             || case when a.atthasdef and a.attidentity = '' then ' default' else '' end
         from t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
         union all
         select case k.contype when 'p' then 'primary key ' when 'u' then 'unique '
                    else 'reference ' end || t.name || ' (' ||
             (select string_agg(a.attname::text, ', ' order by n.place)
              from unnest(k.conkey) with ordinality n (number, place)
              join pg_attribute a on a.attrelid = t.oid and a.attnum = n.number) || ')'
             || case when k.contype = 'f' then ' to ' || k.confrelid::regclass::text else '' end
         from t join pg_constraint k on k.conrelid = t.oid and k.contype in ('p', 'u', 'f')
         union all
         select case when i.indisunique then 'unique ' else '' end || 'index '
             || i.indexrelid::regclass::text || ' on ' || t.name || ' (' ||
             (select string_agg(a.attname::text, ', ' order by n.place)
              from unnest(i.indkey) with ordinality n (number, place)
              join pg_attribute a on a.attrelid = t.oid and a.attnum = n.number) || ')'
             || case when i.indpred is not null then ' partial' else '' end
         from t join pg_index i on i.indrelid = t.oid
         where not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid
                           and k.contype in ('p', 'u'))",
    )
    .fetch_all(&pools.pool)
    .await
    .unwrap();
    lines.into_iter().collect()
}

#[tokio::test]
async fn both_schemas_are_one() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = of_sqlite(&crate::testing::file(folder.path()).await).await;
    let postgres = of_postgres(&crate::testing::postgres().await).await;
    assert!(sqlite.len() > 500, "the schema is seen: {}", sqlite.len());
    let only = |one: &Schema, other: &Schema| one.difference(other).cloned().collect::<Vec<_>>();
    assert_eq!(only(&sqlite, &postgres), [""; 0], "only in SQLite");
    assert_eq!(only(&postgres, &sqlite), [""; 0], "only in PostgreSQL");
}
